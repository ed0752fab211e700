import { DatabaseError } from 'pg';
import { LoadFailedError } from '../warehouse/warehouse-errors';
import type { LoadPart } from './load-parts';
import type { RedshiftDatabase } from './redshift-database';
import { INTERNAL_ERROR, translateRedshiftError } from './redshift-errors';

/** More say nothing new. */
const ERRORS_SHOWN = 10;

/** In our words, since the server's may quote a value (numbers: Redshift's load error reference). */
const REASONS: Readonly<Record<number, string>> = {
  1200: 'an unknown parse error',
  1201: 'a quote that has no end',
  1202: 'more columns than the table has',
  1203: 'a value that is too long for its type',
  1204: 'a text that is too long for the column; lengths count bytes',
  1205: 'a text that is no date',
  1206: 'a text that is no time',
  1207: 'a text that is no number',
  1208: 'a text that is no floating-point number',
  1209: 'a text that is no decimal number',
  1210: 'a text that is no truth value',
  1211: 'a line without a value for every column',
  1212: 'a part that was not found',
  1213: 'a value is missing where the column demands one',
  1214: 'a separator was not found',
  1216: 'a line that cannot be read',
  1220: 'a text that is not valid UTF-8',
  1224: 'a number out of the range of the column',
};

/** The same facts under two names: a cluster keeps the first table, a serverless workgroup the second. */
const SOURCES = [
  `select trim(filename) as file, line_number as line, trim(colname) as "column", err_code as code
     from stl_load_errors where filename like $1 order by starttime desc, line_number limit ${ERRORS_SHOWN}`,
  `select trim(file_name) as file, line_number as line, trim(column_name) as "column", error_code as code
     from sys_load_error_detail where file_name like $1 order by start_time desc, line_number limit ${ERRORS_SHOWN}`,
];

export interface LoadErrorFinding {
  /** Counted over all parts of the table, from 1. */
  readonly line: number | null;
  readonly column: string | null;
  readonly reason: string;
}

interface ErrorRow {
  readonly file: string;
  readonly line: string | number;
  readonly column: string;
  readonly code: number;
}

/** What became of one table's parts. */
export interface FailedCopy {
  readonly table: string;
  /** Of the table's folder, as the cluster names it. */
  readonly url: string;
  readonly parts: readonly LoadPart[];
}

/**
 * Turns the failure of a COPY into one that says which line and column was refused, and why. Where the cluster noted no such
 * line, the fault lies elsewhere: with the bucket, the role, the cluster.
 */
export async function explainCopy(database: RedshiftDatabase, error: unknown, copy: FailedCopy): Promise<unknown> {
  const translated = translateRedshiftError(error, { table: copy.table });
  if (!(error instanceof DatabaseError && error.code === INTERNAL_ERROR && translated instanceof LoadFailedError)) return translated;
  const findings = (await noted(database, copy.url)).map((row) => toFinding(row, copy.parts));
  const [first] = findings;
  if (!first) {
    return new LoadFailedError(
      `Table "${copy.table}" could not be copied from the bucket, and no line was refused; check that the cluster may read ${copy.url}.`,
      { table: copy.table, sqlstate: INTERNAL_ERROR },
    );
  }
  const places = findings.map(
    ({ line, column, reason }) => `line ${line ?? '?'}${column === null ? '' : `, column "${column}"`}: ${reason}`,
  );
  return new LoadFailedError(`Table "${copy.table}" could not be written: ${[...new Set(places)].join('; ')}.`, {
    table: copy.table,
    line: first.line,
    column: first.column,
    findings,
  });
}

async function noted(database: RedshiftDatabase, url: string): Promise<ErrorRow[]> {
  for (const sql of SOURCES) {
    const rows = await database.query<ErrorRow & { readonly [column: string]: unknown }>(sql, [`${url}%`]).catch(() => []);
    if (rows.length > 0) return rows;
  }
  return [];
}

function toFinding({ file, line, column, code }: ErrorRow, parts: readonly LoadPart[]): LoadErrorFinding {
  const index = parts.findIndex(({ key }) => file.endsWith(key.slice(key.lastIndexOf('/') + 1)));
  const before = parts.slice(0, Math.max(index, 0)).reduce((sum, part) => sum + part.lines, 0);
  return {
    line: index < 0 ? null : before + Number(line),
    column: column === '' ? null : column,
    reason: REASONS[code] ?? `load error ${code}`,
  };
}
