import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { once } from './digest';
import { isMissing, prepareFile } from './folder-files';
import { HIDDEN_PREFIX } from './object-key';
import type { ObjectMetadata } from './object-store';

const metadataFile = z.object({ etag: z.string(), metadata: z.record(z.string(), z.string()) });

/**
 * Metadata of a file lies in a hidden file beside it that names the version it belongs to. It is written before the
 * object gets its name, so a kill between the two leaves metadata of no version, which is ignored.
 */
export async function writeMetadata(path: string, etag: string, metadata: ObjectMetadata): Promise<void> {
  if (Object.keys(metadata).length === 0) return removeMetadata(path);
  const content = Buffer.from(JSON.stringify({ etag, metadata } satisfies z.input<typeof metadataFile>));
  const file = await prepareFile(dirname(path), once(content));
  await file.publish(metadataPath(path));
}

export async function readMetadata(path: string, etag: string): Promise<ObjectMetadata> {
  const text = await readFile(metadataPath(path), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (text === null) return {};
  const stored = metadataFile.parse(JSON.parse(text));
  return stored.etag === etag ? stored.metadata : {};
}

export function removeMetadata(path: string): Promise<void> {
  return rm(metadataPath(path), { force: true });
}

/** Hashed, because an object's name may already be as long as the file system allows. */
function metadataPath(path: string): string {
  const name = createHash('sha256').update(basename(path)).digest('hex').slice(0, 32);
  return join(dirname(path), `${HIDDEN_PREFIX}meta-${name}.json`);
}
