import type { Column, PartSummary } from '@app/platform';
import { CsvChunks } from '../csv-text';
import { QueryInvalidError, sourceError } from '../database.errors';
import type { KeyBounds, RowRead, Selection, SourceReader } from '../source-reader';
import { valueCell } from './value-text';

/** A query that an optional driver has under way. */
export interface OpenQuery {
  readonly columns: readonly Column[];
  /** Rows in the order of the columns. */
  readonly rows: AsyncIterable<readonly unknown[]>;
  /** Rolls back and closes, whatever is under way. */
  close(): Promise<void>;
}

/** A database whose query is read in one pass: no key ranges, no increments. */
export class WholeQueryReader implements SourceReader {
  readonly maxReaders = 1;

  constructor(
    private readonly open: OpenQuery,
    private readonly request: string,
    private readonly batchSize: number,
  ) {}

  get columns(): readonly Column[] {
    return this.open.columns;
  }

  bounds(): Promise<KeyBounds> {
    return Promise.reject(notOffered());
  }

  newest(): Promise<string | null> {
    return Promise.reject(notOffered());
  }

  settle(): Promise<void> {
    return Promise.reject(notOffered());
  }

  naturalKey(): Promise<string | null> {
    return Promise.resolve(null);
  }

  read({ windows, only }: Selection, signal: AbortSignal): Promise<RowRead> {
    if (windows.length > 0 || only !== null) return Promise.reject(notOffered());
    const columns = this.columns.map(({ name }) => name);
    const chunks = new CsvChunks(columns, this.batchSize);
    const summary = (): PartSummary => ({ rows: chunks.rows, columns, types: this.columns.map(({ type }) => type) });
    return Promise.resolve({ format: 'csv', content: this.content(chunks, signal), summary });
  }

  close(): Promise<void> {
    return this.open.close();
  }

  private async *content(chunks: CsvChunks, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const types = this.columns.map(({ type }) => type);
    try {
      for await (const row of this.open.rows) {
        signal.throwIfAborted();
        chunks.add(`${types.map((type, index) => valueCell(row[index], type)).join(',')}\n`);
        if (chunks.isFull) yield chunks.take();
      }
      const rest = chunks.take();
      if (rest.length > 0) yield rest;
    } catch (error) {
      throw signal.aborted ? signal.reason : sourceError(error, this.request);
    }
  }
}

const notOffered = (): QueryInvalidError =>
  new QueryInvalidError('SQL Server and Oracle are read in one pass: leave out partition, incremental and deletes.');
