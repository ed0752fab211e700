import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Column, CopyText } from '@app/platform';
import { quoteLiteral } from '../../sql-text';

import { DuckDbSession } from './duckdb-session';
import type { DuckDbSettings } from './duckdb-settings';
import { NamedPipe } from './named-pipe';
import { SpillDirectory } from './spill-directory';

/** Reading Parquet row by row needs little; the rest of the budget is the target's. */
const MEMORY_LIMIT_BYTES = 128 * 1024 * 1024;

/** Streams a written output as text for PostgreSQL, through a named pipe: the rows never become JavaScript values. */
export function copyParquet(path: string, columns: readonly Column[], settings: DuckDbSettings, signal: AbortSignal): CopyText {
  const bytes = new PassThrough();
  const done = produce(path, columns, settings, signal, bytes);
  // Whoever reads the bytes sees the failure there; whoever awaits `done` sees it again.
  done.catch((error: unknown) => bytes.destroy(error instanceof Error ? error : new Error('The copy failed', { cause: error })));
  return { bytes, done };
}

async function produce(
  path: string,
  columns: readonly Column[],
  { spillRoot, threads }: DuckDbSettings,
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
      threads,
      tempDirectory: spill.path,
      directories: [dirname(path)],
      signal: AbortSignal.any([signal, abandoned.signal]),
    });
    const written = session.then((open) => write(open, path, columns, pipe.path)).finally(() => pipe.finish());
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

async function write(session: DuckDbSession, path: string, columns: readonly Column[], target: string): Promise<void> {
  // A lone `\.` on a line would end the input; only a table of one text column can have such a line, unless it is quoted.
  const quoted = columns.length === 1 && columns[0]?.type === 'string' ? ', force_quote *' : '';
  try {
    await session.execute(
      `copy (select * from read_parquet(${quoteLiteral(path)})) to ${quoteLiteral(target)} (format csv, header false, use_tmp_file false${quoted})`,
      'the copy of a written table',
    );
  } finally {
    session.close();
  }
}
