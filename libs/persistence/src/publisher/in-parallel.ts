/**
 * Works on all items, a bounded number at a time, and returns the results in their order. The first failure stops the
 * others through the signal they were given, and is thrown when they have ended.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  signal: AbortSignal,
  work: (item: Item, index: number, stop: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const results: Result[] = [];
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) {
      stop.throwIfAborted();
      results[index] = await work(item, index, stop);
    }
  };
  const lanes = Array.from({ length: concurrency }, () =>
    lane().catch((error: unknown) => {
      failure.abort(error);
    }),
  );
  await Promise.all(lanes);
  stop.throwIfAborted();
  return results;
}
