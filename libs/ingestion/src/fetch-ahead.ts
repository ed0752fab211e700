import { AbortScope } from './http/abort-scope';

/**
 * Fetches up to `limit` items at a time and yields the results in the order of the items, so that at most `limit`
 * results wait in memory. A failure surfaces in its turn, after every result before it; it, and a consumer that stops
 * early, abort the fetches still under way.
 */
export async function* fetchAhead<T, R>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  fetchOne: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const scope = new AbortScope(signal);
  const running: Promise<R>[] = [];
  try {
    for (const item of items) {
      const result = fetchOne(item, scope.signal);
      // Keeps a failure that waits for its turn from counting as unhandled.
      void result.catch(() => undefined);
      running.push(result);
      const [oldest] = running;
      if (oldest === undefined || running.length < limit) continue;
      yield await oldest;
      void running.shift();
    }
    for (const result of running) yield await result;
  } finally {
    scope.abort();
    scope.close();
    await Promise.allSettled(running);
  }
}
