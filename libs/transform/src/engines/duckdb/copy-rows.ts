import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Column, CopyText } from '@app/platform';
import { quoteLiteral } from '../../sql-text';
import { copyFiles } from './copy-files';
import { copyText } from './copy-text';
import { dateText } from './date-text';
import { DuckDbSession } from './duckdb-session';
import type { DuckDbSettings } from './duckdb-settings';
import { NamedPipe } from './named-pipe';
import { PlanRunner } from './plan-runner';
import { directoriesOf, verbatimFiles, type RowSource } from './row-source';
import { SpillDirectory } from './spill-directory';

/** Reading row by row needs little; the rest of the budget is the target's. */
const MEMORY_LIMIT_BYTES = 128 * 1024 * 1024;
/** Several threads would gather batches to keep the order of rows, which takes longer than the target does alone. */
const THREADS = 1;

/** Streams rows as text for PostgreSQL: the files themselves, or through a named pipe. The rows never become JavaScript values. */
export function copyRows(
  source: RowSource,
  columns: readonly Column[],
  settings: DuckDbSettings,
  signal: AbortSignal,
  takesText: boolean,
): CopyText {
  const verbatim = verbatimFiles(source, columns.length);
  if (verbatim?.format === 'csv' || (verbatim && takesText))
    return copyText(verbatim.format, (bytes) => copyFiles(verbatim.relation.files, bytes, signal));
  return copyText('csv', (bytes) => produce(source, columns, settings, signal, bytes));
}

async function produce(
  source: RowSource,
  columns: readonly Column[],
  { spillRoot }: DuckDbSettings,
  signal: AbortSignal,
  bytes: PassThrough,
): Promise<void> {
  signal.throwIfAborted();
  const spill = await SpillDirectory.create(spillRoot);
  const abandoned = new AbortController();
  try {
    const pipe = await NamedPipe.create(join(spill.path, 'rows'));
    const session = DuckDbSession.open({
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      threads: THREADS,
      tempDirectory: spill.path,
      directories: directoriesOf(source),
      signal: AbortSignal.any([signal, abandoned.signal]),
    });
    const written = session.then((open) => write(open, source, columns, spill.path, pipe.path)).finally(() => pipe.finish());
    const read = pipeline(pipe.output, bytes, { end: false, signal }).catch((error: unknown) => {
      abandoned.abort(error);
      throw error;
    });
    // Both have to end before the folder is removed; the engine's own failure says more than the pipe's.
    await Promise.allSettled([written, read]);
    await written;
    await read;
    bytes.end();
  } finally {
    await spill.remove();
  }
}

async function write(
  session: DuckDbSession,
  { relations, relation }: RowSource,
  columns: readonly Column[],
  directory: string,
  target: string,
): Promise<void> {
  const step = 'the copy of a table';
  // A lone `\.` on a line would end the input; only a table of one text column can have such a line, unless it is quoted.
  const quoted = columns.length === 1 && columns[0]?.type === 'string' ? ', force_quote *' : '';
  try {
    const runner = new PlanRunner(session, directory);
    for (const each of relations) await runner.define(each);
    const types = await session.columnTypes(`select * from ${relation}`, step);
    const cells = columns.map((_, index) => copyCell(`#${index + 1}`, types[index] ?? ''));
    await session.execute(
      `copy (select ${cells.join(', ')} from ${relation}) to ${quoteLiteral(target)} (format csv, header false, use_tmp_file false${quoted})`,
      step,
    );
  } finally {
    session.close();
  }
}

/** Most values are written as PostgreSQL reads them; these are not. */
function copyCell(value: string, type: string): string {
  if (type === 'BLOB') return `'\\x' || lower(hex(${value}))`;
  if (/\[\d*\]$|^(STRUCT|MAP|UNION)\(/.test(type)) return `cast(to_json(${value}) as varchar)`;
  if (/^(DATE|TIMESTAMP)/.test(type)) return dateText(value);
  return value;
}
