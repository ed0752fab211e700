import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { quoteLiteral } from '../../sql-text';
import { systemErrorCode } from '../../system-error';
import { TransformFailedError } from '../../transform.errors';
import type { TransformResult, WrittenTable } from './duckdb-engine';
import { DuckDbSession } from './duckdb-session';

const MEMORY_LIMIT_BYTES = 128 * 1024 * 1024;

/**
 * Writes a result as files: `tables/<table>` (CSV with header; null and the empty text are `""`; no extension), and each report
 * that is a list of names as a file of lines. Everything is written beside `outDir`, which is then replaced as a whole.
 */
export async function writeTableFiles(
  result: Pick<TransformResult, 'tables' | 'reports'>,
  outDir: string,
  signal: AbortSignal,
): Promise<void> {
  const fresh = `${outDir}.${randomUUID()}`;
  try {
    await mkdir(join(fresh, 'tables'), { recursive: true });
    await writeTables(result.tables, fresh, signal);
    for (const [name, names] of Object.entries(result.reports)) {
      if (Array.isArray(names)) await writeFile(join(fresh, name), names.map((line) => `${line}\n`).join(''));
    }
    await swap(fresh, outDir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function writeTables(tables: readonly WrittenTable[], folder: string, signal: AbortSignal): Promise<void> {
  const session = await DuckDbSession.open({
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    threads: 1,
    tempDirectory: folder,
    directories: tables.map(({ path }) => dirname(path)),
    signal,
  });
  try {
    const rows = join(folder, 'rows');
    for (const { table, path } of tables) {
      if (/^\.{0,2}$|[/\0]/.test(table.name)) throw new TransformFailedError(`table "${table.name}"`, 'its name cannot be a file name');
      // The empty text is written as two quotes; so is null once it is one.
      const cells = table.columns.map((_, index) => `coalesce(cast(#${index + 1} as varchar), '')`).join(', ');
      await session.execute(
        `copy (select ${cells} from read_parquet(${quoteLiteral(path)})) to ${quoteLiteral(rows)} (format csv, header false, use_tmp_file false)`,
        `table "${table.name}"`,
      );
      const target = join(folder, 'tables', table.name);
      await writeFile(target, `${table.columns.map(({ name }) => name).join(',')}\n`);
      await pipeline(createReadStream(rows), createWriteStream(target, { flags: 'a' }), { signal });
      await rm(rows);
    }
  } finally {
    session.close();
  }
}

/** A reader sees the old folder or the new one; between the two moves, for an instant, none. */
async function swap(fresh: string, outDir: string): Promise<void> {
  const old = `${fresh}.old`;
  await rename(outDir, old).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  });
  await rename(fresh, outDir);
  await rm(old, { recursive: true, force: true });
}
