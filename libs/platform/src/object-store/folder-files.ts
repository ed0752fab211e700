import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../errors/app-error';
import { HIDDEN_PREFIX } from './object-key';
import { InvalidObjectKeyError, ObjectStoreUnavailableError } from './object-store-error';

const TEMPORARY_PREFIX = `${HIDDEN_PREFIX}tmp-`;
/** Patient data: nobody outside the owner and the group reads it, whatever the umask. */
export const FILE_MODE = 0o640;
export const FOLDER_MODE = 0o750;
/** Small chunks gather into writes of about this size. */
const WRITE_BUFFER_BYTES = 512 * 1024;

/** Failures that may pass by themselves: space, quota, a folder deleted meanwhile, network file systems, file handles. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'ENOENT', 'EIO', 'ESTALE', 'ETIMEDOUT', 'EMFILE', 'ENFILE', 'EBUSY', 'EAGAIN']);
const FULL = new Set(['ENOSPC', 'EDQUOT']);
const NAME_TAKEN = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY']);

export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}

export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** No file of that name: also when what should be a folder on the way is a file. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Turns a file system error into ours; everything else (aborts, errors of the body) passes unchanged. */
export function fileFailure(error: unknown, key: string): unknown {
  const code = errorCode(error);
  if (error instanceof AppError || code === undefined || !Object.hasOwn(error as object, 'syscall')) return error;
  if (NAME_TAKEN.has(code))
    return new InvalidObjectKeyError(key, 'in a folder, an object and a folder cannot share a name', { cause: error });
  if (code === 'ENAMETOOLONG') return new InvalidObjectKeyError(key, 'one of its names is too long for the file system', { cause: error });
  const hint = FULL.has(code)
    ? 'The disk of the object store is full; free some space'
    : `The object store's folder failed with ${code}; check the disk and its permissions`;
  return new ObjectStoreUnavailableError(`${hint}, then try again.`, PASSING.has(code), error);
}

/** Creates a folder durably with its parents, refusing to pass through a symbolic link. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await assertNoLinks(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await ensureFolder(dirname(path));
    await mkdir(path, { mode: FOLDER_MODE }).catch((failure: unknown) => {
      if (errorCode(failure) !== 'EEXIST') throw failure;
    });
    await syncToDisk(dirname(path));
  }
}

/** Given a path below an already resolved root, throws when any part of it is a symbolic link. */
export async function assertNoLinks(path: string): Promise<void> {
  if ((await realpath(path)) !== path)
    throw new ObjectStoreUnavailableError('The object store holds a symbolic link where a folder belongs; remove it.', false);
}

/** Makes what was written to a file, or renamed in a folder, survive a power cut. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface PreparedFile {
  /** Gives the file its final name, durably. */
  publish(target: string): Promise<void>;
  readonly version: FileVersion;
}

export interface FileVersion {
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  readonly etag: string;
}

const temporaryPath = (folder: string): string => join(folder, `${TEMPORARY_PREFIX}${randomUUID()}`);

/** An empty file under a hidden name in `folder`. */
export async function draftFile(folder: string): Promise<string> {
  const path = temporaryPath(folder);
  await (await open(path, 'wx', FILE_MODE)).close();
  return path;
}

/** Writes a complete, synced file under a hidden name in `folder`; removes it again when anything fails. */
export async function prepareFile(folder: string, content: AsyncIterable<Uint8Array>): Promise<PreparedFile> {
  const temporary = temporaryPath(folder);
  try {
    await pipeline(content, createWriteStream(temporary, { flags: 'wx', mode: FILE_MODE, highWaterMark: WRITE_BUFFER_BYTES }));
    await syncToDisk(temporary);
    return { version: toVersion(await lstat(temporary, { bigint: true })), publish: (target) => publish(temporary, target) };
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function publish(temporary: string, target: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncToDisk(dirname(target));
}

/** Size and time of the last write, to the nanosecond: together they tell one content of a file from the next. */
export function toVersion(stats: { readonly size: bigint; readonly mtimeNs: bigint; readonly mtime: Date }): FileVersion {
  return { sizeBytes: Number(stats.size), modifiedAt: stats.mtime, etag: `${stats.mtimeNs.toString(16)}-${stats.size.toString(16)}` };
}
