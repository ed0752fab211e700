import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, isTemporary, toVersion } from './folder-files';
import { isKey } from './object-key';
import type { ObjectInfo } from './object-store';

/** A writer that is still alive after this long is not plausible; its temporary file is a leftover. */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000;

interface Child {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * Objects below `folder` (empty or ending in `/`) whose key starts with `prefix`, in key order. One folder's names are in
 * memory at a time. Links, special files and names that cannot be keys are not objects, hence not listed.
 */
export async function* walk(root: string, folder: string, prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
  for (const child of await children(root, folder)) {
    signal?.throwIfAborted();
    const key = `${folder}${child.name}`;
    if (child.isFolder) {
      if (`${key}/`.startsWith(prefix)) yield* walk(root, `${key}/`, prefix, signal);
    } else if (key.startsWith(prefix)) {
      const stats = await statOrNull(join(root, key));
      if (stats?.isFile()) yield { key, ...toVersion(stats) };
    }
  }
}

export async function folderNames(root: string, folder: string): Promise<string[]> {
  return (await children(root, folder)).filter((child) => child.isFolder).map((child) => child.name);
}

/** Unlinks old temporary files everywhere below `path`; returns how many. */
export async function sweepLeftovers(path: string, signal?: AbortSignal): Promise<number> {
  let swept = 0;
  for (const entry of await entries(path)) {
    signal?.throwIfAborted();
    const child = join(path, entry.name);
    if (entry.isDirectory()) swept += await sweepLeftovers(child, signal);
    else if (entry.isFile() && isTemporary(entry.name) && (await isLeftover(child))) {
      await unlink(child);
      swept += 1;
    }
  }
  return swept;
}

/** In the order of keys: by bytes, a folder sorting as if its name ended in `/`, which it does in every key below it. */
async function children(root: string, folder: string): Promise<Child[]> {
  const found = (await entries(join(root, folder)))
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && isKey(`${folder}${entry.name}`))
    .map((entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory(),
      order: Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name),
    }));
  return found.sort((a, b) => Buffer.compare(a.order, b.order));
}

async function entries(path: string): Promise<Dirent[]> {
  return readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

async function isLeftover(path: string): Promise<boolean> {
  const stats = await statOrNull(path);
  return stats !== null && Date.now() - stats.mtime.getTime() > LEFTOVER_AGE_MS;
}

/** Never follows a link. */
export async function statOrNull(path: string): Promise<BigIntStats | null> {
  return lstat(path, { bigint: true }).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}
