import type { Connection, Submittable } from 'pg';
import { Readable } from 'node:stream';

/** Rows are gathered into chunks of this size: each chunk costs whoever stages it as much as a small one. */
const CHUNK_BYTES = 256 * 1024;
/** Chunks that wait in memory for their turn. */
const READ_AHEAD_CHUNKS = 16;
/** A message begins with its kind and the length of what follows, itself included. */
const HEADER_BYTES = 5;
const COPY_DATA = 'd'.charCodeAt(0);

/**
 * `COPY … TO STDOUT` as large chunks of its text. The server sends a message for each row; here their content is copied once,
 * from the socket's buffer into the chunk. Every other message goes to the driver, which knows what it means.
 */
export class CopyOut implements Submittable {
  /** Fails where `done` fails. Destroying it gives up. */
  readonly content: Readable;
  /** Settles when the server is done with the statement, even if nobody has taken the content yet. */
  readonly done: Promise<void>;
  rows = 0;

  private connection: Connection | null = null;
  private driver: ((bytes: Buffer) => void) | null = null;
  private settle!: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  private target = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private filled = 0;
  /** Bytes of the row at hand that have not come yet. */
  private missing = 0;
  /** The beginning of a message whose end has not come yet. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly text: string,
    signal: AbortSignal,
  ) {
    this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.done.catch(() => undefined);
    this.content = new Readable({
      objectMode: true,
      highWaterMark: READ_AHEAD_CHUNKS,
      signal,
      read: () => this.connection?.stream.resume(),
      destroy: (error, callback) => {
        this.settle.reject(error ?? new Error('the copy was given up'));
        callback(error);
      },
    });
    this.content.on('error', () => undefined);
  }

  /** Called by the driver when it is this statement's turn. */
  submit(connection: Connection): void {
    const [driver] = connection.stream.listeners('data') as ((bytes: Buffer) => void)[];
    if (driver === undefined) throw new Error('the PostgreSQL driver reads its connection in a way that is not known here');
    this.connection = connection;
    this.driver = driver;
    connection.stream.removeListener('data', driver);
    connection.stream.on('data', this.receive);
    connection.query(this.text);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rows = Number(/\d+$/.exec(text)?.[0]);
  }

  handleReadyForQuery(): void {
    this.release();
    this.flush();
    this.content.push(null);
    this.settle.resolve();
  }

  handleError(error: Error): void {
    this.release();
    this.content.destroy(error);
  }

  private readonly receive = (received: Buffer): void => {
    const bytes = this.rest.length === 0 ? received : Buffer.concat([this.rest, received]);
    let at = 0;
    while (at < bytes.length && this.connection !== null) {
      if (this.missing > 0) {
        const end = Math.min(at + this.missing, bytes.length);
        this.gather(bytes, at, end);
        this.missing -= end - at;
        at = end;
        continue;
      }
      if (bytes.length - at < HEADER_BYTES) break;
      const length = 1 + bytes.readUInt32BE(at + 1);
      if (bytes[at] === COPY_DATA) {
        this.missing = length - HEADER_BYTES;
        at += HEADER_BYTES;
        continue;
      }
      if (bytes.length - at < length) break;
      this.driver?.(bytes.subarray(at, at + length));
      at += length;
    }
    if (this.connection !== null) this.rest = bytes.subarray(at);
    else if (at < bytes.length) this.driver?.(bytes.subarray(at));
  };

  private gather(source: Buffer, from: number, to: number): void {
    for (let at = from; at < to;) {
      const copied = source.copy(this.target, this.filled, at, to);
      at += copied;
      this.filled += copied;
      if (this.filled === CHUNK_BYTES) this.flush();
    }
  }

  private flush(): void {
    if (this.filled === 0) return;
    if (!this.content.push(this.target.subarray(0, this.filled))) this.connection?.stream.pause();
    this.target = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.filled = 0;
  }

  /** Gives the connection back to the driver. */
  private release(): void {
    const { connection, driver } = this;
    if (connection === null || driver === null) return;
    this.connection = null;
    connection.stream.removeListener('data', this.receive);
    connection.stream.on('data', driver);
    connection.stream.resume();
  }
}
