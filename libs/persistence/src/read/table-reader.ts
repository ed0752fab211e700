import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { to as copyTo } from 'pg-copy-streams';
import type { CatalogColumn, CatalogTable } from '../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import { Warehouse } from '../warehouse/warehouse';
import { toJsonArray } from './json-array';
import { valueText } from './value-text';

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
}

/** Reads whole tables as text. The database writes it, so no row becomes an object here and memory stays constant. */
@Injectable()
export class TableReader {
  constructor(private readonly warehouse: Warehouse) {}

  /** Starts reading, in the table's order. Destroying the stream ends the statement; a failure destroys the stream. */
  open(request: ReadRequest): Readable {
    const stop = new AbortController();
    const body = new PassThrough();
    body.once('close', () => {
      if (!body.readableEnded) stop.abort(new Error('The reader went away.'));
    });
    this.warehouse
      .transaction(
        async (session) => {
          await session.query(
            `select ${Object.entries(SETTINGS)
              .map(([name, value]) => `set_config('${name}', '${value}', true)`)
              .join(', ')}`,
          );
          const rows = session.query(copyTo(request.format === 'json' ? jsonSql(request) : csvSql(request)));
          await (request.format === 'json' ? pipeline(rows, toJsonArray, body) : pipeline(rows, body));
        },
        { signal: stop.signal },
      )
      .catch((error: unknown) => body.destroy(error instanceof Error ? error : undefined));
    return body;
  }
}

/** Quote and delimiter are characters that JSON escapes, so that the lines are the JSON texts themselves. */
function jsonSql(request: ReadRequest): string {
  const values = request.columns.map((column) => `coalesce(${valueText(column)}, '${NULL_TEXT}') as ${quoteIdentifier(column.name)}`);
  return `copy (select row_to_json(r) from (select ${values.join(', ')} ${source(request)}) r)
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
