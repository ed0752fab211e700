/** More than any kind of file needs to be recognised. */
const HEAD_BYTES = 512;

export interface Peeked {
  /** The first bytes, fewer only when there are no more. */
  readonly head: Buffer;
  readonly all: AsyncIterable<Buffer>;
}

/** Looks at how bytes begin, without losing any. */
export async function peeked(bytes: AsyncIterable<Buffer>): Promise<Peeked> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let size = 0;
  while (size < HEAD_BYTES) {
    const step = await iterator.next();
    if (step.done) break;
    first.push(step.value);
    size += step.value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield* first;
      for (let step = await iterator.next(); !step.done; step = await iterator.next()) yield step.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head: Buffer.concat(first), all: all() };
}

/** Reads to the end, for the sake of whoever watches the bytes. */
export async function drained(bytes: AsyncIterable<Buffer>): Promise<void> {
  const iterator = bytes[Symbol.asyncIterator]();
  while (!(await iterator.next()).done) continue;
}
