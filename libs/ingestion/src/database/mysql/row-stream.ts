import { Readable } from 'node:stream';
import type { MysqlColumn } from './mysql-types';
import type { RowEvents } from './mysql-session';
import { takeRawRows } from './raw-rows';
import { RowBytes } from './row-bytes';

/** Chunks of CSV that wait in memory for whoever stages them. */
const READ_AHEAD_CHUNKS = 32;

/** The rows of a query as CSV; stops the connection while nobody takes them. */
export class RowStream {
  readonly content: Readable;
  private readonly bytes: RowBytes;

  constructor({ query, pause, resume, onLost }: RowEvents, columns: readonly MysqlColumn[]) {
    const stream = new Readable({ objectMode: true, highWaterMark: READ_AHEAD_CHUNKS, read: resume });
    const names = columns.map(({ name }) => name);
    const cells = columns.map(({ cell }) => cell);
    const bytes = new RowBytes(names, cells, (chunk) => {
      if (!stream.push(chunk)) pause();
    });
    takeRawRows(
      query,
      (source, from, to) => bytes.add(source, from, to),
      () => stream.destroy(new Error('the MySQL driver hands over rows in a way that is not known here')),
    );
    const fail = (error: Error): void => void stream.destroy(error);
    query.on('error', fail);
    stream.once('close', onLost(fail));
    query.on('end', () => {
      bytes.end();
      stream.push(null);
      // The last chunk may have paused the connection, which now serves whoever asks next.
      resume();
    });
    this.content = stream;
    this.bytes = bytes;
  }

  /** Rows so far. */
  get count(): number {
    return this.bytes.rows;
  }
}
