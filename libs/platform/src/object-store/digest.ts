import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const FILE_BUFFER_BYTES = 512 * 1024;

/** Counts and hashes a body on its way into a store, so that nothing is read twice. Used for one body. */
export class Digest {
  private readonly hash = createHash('sha256');
  private bytes = 0;
  private failure: { readonly error: unknown } | null = null;

  get sizeBytes(): number {
    return this.bytes;
  }

  /** Hex SHA-256 of everything that went through. Called once, at the end. */
  sha256(): string {
    return this.hash.digest('hex');
  }

  /** What made the body end early (an aborted signal counts), so that its error is never taken for one of the store. */
  get bodyFailure(): { readonly error: unknown } | null {
    return this.failure;
  }

  add(chunk: Uint8Array): void {
    this.hash.update(chunk);
    this.bytes += chunk.byteLength;
  }

  /** Reads a body to its end for its size and hash alone. */
  async read(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const chunks = this.over(body, signal);
    while (!(await chunks.next()).done) continue;
  }

  /** The same of a file, through two buffers: one is hashed while the other is read, and no piece needs memory of its own. */
  async readFile(path: string, signal?: AbortSignal): Promise<void> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      let [current, next] = [Buffer.allocUnsafe(FILE_BUFFER_BYTES), Buffer.allocUnsafe(FILE_BUFFER_BYTES)];
      for (let reading = file.read(current); ; [current, next] = [next, current]) {
        const { bytesRead } = await reading;
        if (bytesRead === 0) return;
        signal?.throwIfAborted();
        reading = file.read(next);
        this.add(current.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  async *over(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const step = await this.next(iterator, signal);
        if (step.done) return;
        this.add(step.value);
        yield step.value;
      }
    } finally {
      const closed = Promise.resolve(iterator.return?.()).catch(() => undefined);
      // A silent source may never acknowledge; nobody waits for it once the work is given up.
      if (!signal?.aborted) await closed;
    }
  }

  private async next(iterator: AsyncIterator<Uint8Array>, signal?: AbortSignal): Promise<IteratorResult<Uint8Array>> {
    try {
      return signal ? await nextOrAbort(iterator, signal) : await iterator.next();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

/** Ends with the signal's reason even while the source is silent, which `for await` alone would wait for. */
function nextOrAbort<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    void iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A body in one piece. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
