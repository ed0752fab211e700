import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { pythonPattern, type DropConfig, type ObjectInfo, type ObjectStore } from '@app/platform';
import type { Unit } from '../source';
import type { DropToken } from './drop-token';

/** Beside a drop, its checksum. */
export const CHECKSUM_SUFFIX = '.sha256';
/** Hashes of contents that are remembered, so that a listing does not read every file again. */
const MAX_KNOWN_ETAGS = 10_000;

/** Finds what a configuration calls a drop. Whether one was dealt with before is not asked here. */
export class DropFinder {
  private readonly known = new Map<string, string>();

  /** Everything that matches, the oldest first, and by key within the same instant. */
  async find(config: DropConfig, store: ObjectStore, signal: AbortSignal): Promise<Unit[]> {
    const pattern = pythonPattern(config.doc, '$');
    const newest = Date.now() - config.stableSeconds * 1000;
    const found: ObjectInfo[] = [];
    for await (const object of store.list(`${config.source}/${config.directory}/`, { signal })) {
      if (isDrop(config, pattern, object.key) && object.modifiedAt.getTime() <= newest) found.push(object);
    }
    found.sort((a, b) => a.modifiedAt.getTime() - b.modifiedAt.getTime() || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    const units: Unit[] = [];
    for (const object of found) units.push(unitOf(config.bucket, object, await this.etag(config.bucket, object, store, signal)));
    return units;
  }

  /** A folder tells versions of a file by their time; the same bytes written again are the same drop, so their hash counts. */
  private async etag(bucket: string, object: ObjectInfo, store: ObjectStore, signal: AbortSignal): Promise<string> {
    const path = await store.local(object.key);
    if (path === null) return object.etag;
    const { ctimeNs, size } = await stat(path, { bigint: true }); // the time of the last write can be set at will
    const version = [bucket, object.key, ctimeNs, size].join('/');
    const known = this.known.get(version);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    for await (const chunk of await store.open(object.key, { signal })) hash.update(chunk as Buffer);
    const etag = hash.digest('hex');
    if (this.known.size >= MAX_KNOWN_ETAGS) this.known.clear();
    this.known.set(version, etag);
    return etag;
  }
}

function isDrop({ mode, destination }: DropConfig, pattern: RegExp, key: string): boolean {
  if (!pattern.test(key) || key.endsWith(CHECKSUM_SUFFIX) || key.startsWith(`${destination}/`)) return false;
  return mode === 'archive' || !key.includes('/archive');
}

function unitOf(bucket: string, { key, sizeBytes, modifiedAt }: ObjectInfo, etag: string): Unit {
  const lastModified = modifiedAt.toISOString();
  const token: DropToken = { bucket, key, etag, sizeBytes, lastModified };
  const id = createHash('sha256')
    .update(JSON.stringify([bucket, key, etag]))
    .digest('hex');
  return { id, name: key, position: `${lastModified} ${key}`, token };
}
