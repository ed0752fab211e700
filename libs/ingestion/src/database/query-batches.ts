import type { Part } from '@app/platform';
import { parse } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';
import type { DatabaseSourceConfig } from './database.config';
import { type DatabaseSource, QUERY_STREAM } from './database.source';

/** Rows in the order of the query; every batch but the last has exactly `batchSize` of them. */
export interface QueryBatch {
  readonly columns: readonly string[];
  /** A cell is text as PostgreSQL writes it, or null. */
  readonly rows: readonly (readonly Cell[])[];
}

type Cell = string | null;

/**
 * The rows of a query in batches, for programs that want rows and not a staged data set. The query runs once, in one
 * read-only snapshot, and at most one batch is in memory. A query without rows gives one empty batch that has the columns.
 */
export async function* queryBatches(source: DatabaseSource, config: DatabaseSourceConfig, signal: AbortSignal): AsyncGenerator<QueryBatch> {
  let rows: Cell[][] = [];
  let columns: readonly string[] = [];
  let isFirst = true;
  for await (const part of source.extract({ config, after: null, full: true, watermark: null, unit: null, signal })) {
    if (part.stream !== QUERY_STREAM) continue;
    let isHeader = true;
    for await (const row of records(part)) {
      if (isHeader) columns = row.map(String);
      else rows.push(row);
      isHeader = false;
      if (rows.length < config.batchSize) continue;
      yield { columns, rows };
      isFirst = false;
      rows = [];
    }
  }
  if (isFirst || rows.length > 0) yield { columns, rows };
}

function records({ content }: Part): AsyncIterable<Cell[]> {
  const cells = parse({ cast: (text, { quoting }) => (text === '' && !quoting ? null : text) });
  // Whoever iterates the records meets an error of the content there.
  pipeline(Readable.from(content), cells, () => undefined);
  return cells;
}
