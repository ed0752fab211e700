import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { ObjectStoreUnavailableError } from './object-store-error';

/** Passes a body on; a body that ends before its announced length is an error, never a short object. */
class CompleteBody extends Transform {
  private missingBytes: number;

  constructor(expectedBytes: number) {
    super();
    this.missingBytes = expectedBytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.missingBytes -= chunk.byteLength;
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    done(
      this.missingBytes === 0
        ? null
        : new ObjectStoreUnavailableError('The S3 server ended an object before its announced length; try again.', true),
    );
  }
}

export interface DownloadOptions {
  readonly sizeBytes: number;
  readonly signal?: AbortSignal;
  readonly translate: (error: unknown) => Error;
}

/** A stream over a response body that closes the connection when it is dropped and fails with our errors only. */
export function download(body: Readable, { sizeBytes, signal, translate }: DownloadOptions): Readable {
  const out = new CompleteBody(sizeBytes);
  const onAbort = (): void => void out.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort, { once: true });
  body.on('error', (error) => out.destroy(translate(error)));
  out.on('close', () => {
    signal?.removeEventListener('abort', onAbort);
    body.destroy();
  });
  return body.pipe(out);
}
