import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Digest } from '../object-store/digest';
import type { ObjectStore } from '../object-store/object-store';
import { ObjectNotFoundError } from '../object-store/object-store-error';
import type { StagedPart } from './dataset';
import { StagingCorruptError } from './staging-error';

/** A part whose bytes a local engine reads at `path`. */
export interface LocalPart extends StagedPart {
  readonly path: string;
}

export async function localise(store: ObjectStore, part: StagedPart, dir: string, signal: AbortSignal): Promise<LocalPart> {
  const own = await orCorrupt(part, store.local(part.key));
  if (own === null) return { ...part, path: await fetchPart(store, part, dir, signal) };
  const { size } = await stat(own);
  if (size !== part.sizeBytes) throw new StagingCorruptError(part.key, `it has ${size} bytes instead of ${part.sizeBytes}`);
  return { ...part, path: own };
}

export async function verifyContent(store: ObjectStore, part: StagedPart, signal: AbortSignal): Promise<void> {
  const digest = new Digest();
  await digest.read(await orCorrupt(part, store.open(part.key, { signal })), signal);
  assertDigest(part, digest);
}

/** The bytes as they were written: when they are not, that is thrown at their end. */
export async function* provenContent(store: ObjectStore, part: StagedPart, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const digest = new Digest();
  yield* digest.over(await orCorrupt(part, store.open(part.key, { signal })), signal);
  assertDigest(part, digest);
}

/** The file gets its name only when its bytes are proven; one that has it is not fetched again. */
async function fetchPart(store: ObjectStore, part: StagedPart, dir: string, signal: AbortSignal): Promise<string> {
  const path = join(dir, basename(part.key));
  const partial = `${path}.partial`;
  signal.throwIfAborted();
  const found = await stat(path).catch(() => null);
  if (found?.size === part.sizeBytes) return path;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const digest = new Digest();
  try {
    await pipeline(digest.over(await orCorrupt(part, store.open(part.key, { signal })), signal), createWriteStream(partial), { signal });
    assertDigest(part, digest);
    await rename(partial, path);
    return path;
  } catch (error) {
    await rm(partial, { force: true });
    throw signal.aborted ? signal.reason : error;
  }
}

function assertDigest(part: StagedPart, digest: Digest): void {
  if (digest.sha256() !== part.sha256) throw new StagingCorruptError(part.key, 'its SHA-256 is not that of the bytes written');
}

async function orCorrupt<T>(part: StagedPart, access: Promise<T>): Promise<T> {
  try {
    return await access;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) throw new StagingCorruptError(part.key, 'it is missing');
    throw error;
  }
}
