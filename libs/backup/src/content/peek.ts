export interface Peeked {
  /** The first bytes; fewer only where the content is shorter. */
  readonly head: Buffer;
  readonly rest: AsyncIterable<Uint8Array>;
}

/** Reads the first bytes of content. `rest` is everything when they are to be kept, and what follows them otherwise. */
export async function peek(content: AsyncIterable<Uint8Array>, bytes: number, mode: 'keep' | 'remove'): Promise<Peeked> {
  const iterator = content[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < bytes) {
    const step = await iterator.next();
    if (step.done) break;
    chunks.push(step.value);
    length += step.value.byteLength;
  }
  const read = Buffer.concat(chunks);
  return { head: read.subarray(0, bytes), rest: joined(mode === 'keep' ? read : read.subarray(bytes), iterator) };
}

async function* joined(first: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) yield step.value;
  } finally {
    await iterator.return?.();
  }
}

/** Reads content to its end and keeps the last bytes. */
export async function lastBytes(content: AsyncIterable<Uint8Array>, count: number): Promise<Buffer> {
  let last = Buffer.alloc(0);
  for await (const chunk of content) last = Buffer.concat([last, chunk.subarray(-count)]).subarray(-count);
  return last;
}
