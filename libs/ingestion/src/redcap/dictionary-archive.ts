import { copyFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../error-code';

const ARCHIVE_FOLDER = 'redcap_data_dictionary';
const ARCHIVE_FILE = 'redcap_data_dictionary_export.json';

/**
 * Keeps the latest data dictionary, and every earlier one, beside the backups: in `redcap_data_dictionary` under
 * `dumpPath`. The earlier ones carry their modification time, in seconds since the epoch, behind their name. Does
 * nothing when there is no dictionary or it has not changed, so a replay changes nothing.
 */
export async function archiveDictionary(dictionaryPath: string, dumpPath: string): Promise<void> {
  const dictionary = await readIfThere(dictionaryPath);
  if (dictionary === null) return;
  const folder = join(dumpPath, ARCHIVE_FOLDER);
  const current = join(folder, ARCHIVE_FILE);
  await mkdir(folder, { recursive: true });
  const archived = await readIfThere(current);
  if (archived?.equals(dictionary)) return;
  if (archived !== null) await copyFile(current, `${current}${await modifiedAt(current)}`);
  // Copied beside and renamed, so that a crash leaves the old file or the new one.
  await copyFile(dictionaryPath, `${current}.partial`);
  await rename(`${current}.partial`, current);
}

/** Seconds with a fraction, `1718000000.0` for a whole one: the form the archive names already have. */
async function modifiedAt(path: string): Promise<string> {
  const seconds = (await stat(path)).mtimeMs / 1_000;
  return Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
