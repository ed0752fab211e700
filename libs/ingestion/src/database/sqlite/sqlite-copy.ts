import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { SourceUnavailableError } from '../../source.errors';
import { QueryInvalidError } from '../database.errors';

/** What belongs to a database file: its journals hold changes that are not in it yet, or have to be undone. */
const SIDE_FILES = ['', '-wal', '-journal'];
const COPY_ATTEMPTS = 3;

/** A private copy of a database file as it was at one moment. */
export interface SqliteCopy {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Copies a database file, without taking its lock or leaving anything beside it. A copy during which somebody wrote is
 * made again.
 * @throws {SourceUnavailableError} when somebody writes all the time.
 */
export async function copySqliteFile(path: string, signal?: AbortSignal): Promise<SqliteCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-sqlite-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (let attempt = 1; attempt <= COPY_ATTEMPTS; attempt += 1) {
      signal?.throwIfAborted();
      const before = await statesOf(path);
      if (before[0] === null) throw new QueryInvalidError(`The SQLite file ${basename(path)} does not exist or cannot be read.`);
      for (const [index, suffix] of SIDE_FILES.entries()) {
        const target = join(folder, `source.db${suffix}`);
        await rm(target, { force: true });
        if (before[index] !== null) await copyFile(`${path}${suffix}`, target, constants.COPYFILE_FICLONE);
      }
      const after = await statesOf(path);
      if (after.every((state, index) => state === before[index])) return { path: join(folder, 'source.db'), remove };
    }
    throw new SourceUnavailableError(`The SQLite file ${basename(path)}`, 'it changed while it was copied');
  } catch (error) {
    await remove();
    throw error;
  }
}

function statesOf(path: string): Promise<(string | null)[]> {
  return Promise.all(
    SIDE_FILES.map(async (suffix) => {
      try {
        const { size, mtimeNs } = await stat(`${path}${suffix}`, { bigint: true });
        return `${size} ${mtimeNs}`;
      } catch {
        return null;
      }
    }),
  );
}
