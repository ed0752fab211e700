import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { to as copyTo } from 'pg-copy-streams';
import type { CatalogColumn, CatalogTable } from '../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import { translateError } from '../warehouse/translate-error';
import { Warehouse, type Session } from '../warehouse/warehouse';
import { toJsonArray } from './json-array';
import { valueText } from './value-text';

/** How long a reader may take nothing: until its statement ends, the table cannot be dropped, and no database of the server. */
export const READER_PATIENCE_MS = 60_000;
/** What a null is in JSON, where every value is a text. */
const NULL_TEXT = 'None';

/** Shortest round-trip floats, and rows in the table's own order whoever else reads it, so that pages fit together. */
const SETTINGS: Readonly<Record<string, string>> = {
  extra_float_digits: '1',
  synchronize_seqscans: 'off',
  max_parallel_workers_per_gather: '0',
  transaction_read_only: 'on',
};

/** `json`: one array of objects, all values texts, `None` for null. `csv`: a header and the same texts, null an empty cell. */
export type ReadFormat = 'json' | 'csv';

export interface ReadRequest {
  readonly table: CatalogTable;
  /** Of the table, in the order wanted. */
  readonly columns: readonly CatalogColumn[];
  readonly format: ReadFormat;
  /** All rows when null. */
  readonly limit: number | null;
  readonly offset: number;
  /** How long the reader may take nothing before its stream is destroyed; a minute by default. */
  readonly patienceMs?: number;
}

/** Reads whole tables as text. The database writes it, so no row becomes an object here and memory stays constant. */
@Injectable()
export class TableReader {
  constructor(private readonly warehouse: Warehouse) {}

  /**
   * Starts reading, in the table's order; what fails before the first row is thrown. Destroying the stream ends the
   * statement, and a later failure destroys the stream.
   * @throws {AppError}
   */
  async open(request: ReadRequest): Promise<Readable> {
    const stop = new AbortController();
    const body = new PassThrough();
    body.once('close', () => {
      if (!body.readableEnded) stop.abort(new Error('The reader went away.'));
    });
    this.warehouse
      .transaction((session) => copyInto(session, request, body), { signal: stop.signal })
      .catch((error: unknown) => body.destroy(error instanceof Error ? error : undefined));
    await once(body, 'readable');
    return body;
  }
}

async function copyInto(session: Session, request: ReadRequest, body: Writable): Promise<void> {
  const settings = Object.entries(SETTINGS).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  await session.query(`select ${settings.join(', ')}`);
  const isJson = request.format === 'json';
  const rows = session.query(copyTo(isJson ? jsonSql(request) : csvSql(request)));
  // A connection whose copy is destroyed never hears of its end, so what nobody wants any more is still read to there.
  const chunks = translated(rows.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>);
  try {
    const taken = takenWithin(request.patienceMs ?? READER_PATIENCE_MS, body);
    await (isJson ? pipeline(chunks, toJsonArray, taken, body) : pipeline(chunks, taken, body));
  } catch (error) {
    await finished(rows.resume()).catch(() => undefined); // the first error is the reason
    throw error;
  }
}

/** The server's own words may quote values. */
async function* translated(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw translateError(error);
  }
}

/** Gives the body up, as if its reader had gone away, when a piece is not asked for in time. */
function takenWithin(patienceMs: number, body: Writable) {
  return async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      const timer = setTimeout(() => body.destroy(), patienceMs);
      try {
        yield piece;
      } finally {
        clearTimeout(timer);
      }
    }
  };
}

/** Quote and delimiter are characters that JSON escapes, so that the lines are the JSON texts themselves. */
function jsonSql(request: ReadRequest): string {
  const values = request.columns.map((column) => `coalesce(${valueText(column)}, '${NULL_TEXT}') as ${quoteIdentifier(column.name)}`);
  return `copy (select row_to_json(r.*) from (select ${values.join(', ')} ${source(request)}) r)
    to stdout (format csv, quote E'\\x01', delimiter E'\\x02', encoding 'UTF8')`;
}

function csvSql(request: ReadRequest): string {
  const values = request.columns.map((column) => `${valueText(column)} as ${quoteIdentifier(column.name)}`);
  return `copy (select ${values.join(', ')} ${source(request)}) to stdout (format csv, header, encoding 'UTF8')`;
}

function source({ table, limit, offset }: ReadRequest): string {
  if (!Number.isSafeInteger(offset) || (limit !== null && !Number.isSafeInteger(limit)))
    throw new RangeError('A limit or an offset is not a whole number.');
  return `from ${qualifiedName(table.schema, table.name)} limit ${limit === null ? 'all' : limit} offset ${offset}`;
}
