import { json } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { ObjectStore, StoredObject } from '@app/platform';
import { BackupNotFoundError } from '../backup.errors';
import { isBackupName } from '../backup-name';
import { manifestSchema, type Manifest } from './manifest';

/** Hidden beside the backups, so that only they are listed. */
const MANIFEST_FOLDER = '.manifests/';
const MANIFEST_SUFFIX = '.json';
/** Manifests that are read at once. */
const READ_AHEAD = 16;
const MS_PER_SECOND = 1000;
/** A manifest without a backup is a leftover once nobody can be writing that backup any more. */
const ORPHAN_AGE_MS = 24 * 60 * 60 * 1000;

export interface StoredBackup {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Null for dumps of others, about which nothing is known yet. */
  readonly manifest: Manifest | null;
}

/**
 * Backups as objects directly below a prefix: the whole of `POSTGRES_DUMP_PATH`, or a folder of the object store. A backup
 * has its name from the moment it is complete, and not before; what a killed writer leaves is never listed.
 */
export class BackupStorage {
  /** `prefix` is empty or ends in `/`. */
  constructor(
    private readonly store: ObjectStore,
    private readonly prefix: string,
  ) {}

  /** Newest first, by whole seconds; those of one second by name, descending. Empty when there is no folder. */
  async list(): Promise<Omit<StoredBackup, 'manifest'>[]> {
    const found: Omit<StoredBackup, 'manifest'>[] = [];
    for await (const { key, sizeBytes, modifiedAt } of this.store.list(this.prefix)) {
      const name = key.slice(this.prefix.length);
      if (isBackupName(name)) found.push({ name, sizeBytes, modifiedAt });
    }
    return found.sort((a, b) => seconds(b.modifiedAt) - seconds(a.modifiedAt) || (a.name < b.name ? 1 : -1));
  }

  /** The same with what is known of each. */
  async describeAll(): Promise<StoredBackup[]> {
    const listed = await this.list();
    const described: StoredBackup[] = [];
    for (let at = 0; at < listed.length; at += READ_AHEAD) {
      const some = listed.slice(at, at + READ_AHEAD);
      described.push(...(await Promise.all(some.map(async (backup) => ({ ...backup, manifest: await this.manifest(backup.name) })))));
    }
    return described;
  }

  async find(name: string): Promise<StoredBackup | null> {
    const found = isBackupName(name) ? await this.store.stat(this.key(name)) : null;
    return found && { name, sizeBytes: found.sizeBytes, modifiedAt: found.modifiedAt, manifest: await this.manifest(name) };
  }

  /** @throws {BackupNotFoundError} */
  async get(name: string): Promise<StoredBackup> {
    const found = await this.find(name);
    if (!found) throw new BackupNotFoundError(name);
    return found;
  }

  /** The bytes as they are stored. */
  open(name: string, signal: AbortSignal): Promise<Readable> {
    return this.store.open(this.key(name), { signal });
  }

  /** Hex, of the bytes as they are stored; reads all of them. */
  sha256(name: string, signal: AbortSignal): Promise<string> {
    return this.store.sha256(this.key(name), { signal });
  }

  /** The backup appears when `content` has ended, and only if it ended well. */
  put(name: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StoredObject> {
    return this.store.put(this.key(name), content, { signal });
  }

  /** Where `pg_dump` may write what {@link putFile} then stores by moving it; null where the storage is not on this machine. */
  draft(name: string): Promise<string | null> {
    return this.store.draft(this.key(name));
  }

  putFile(name: string, path: string, signal: AbortSignal): Promise<StoredObject> {
    return this.store.putFile(this.key(name), path, { signal });
  }

  async putManifest(name: string, manifest: Manifest): Promise<void> {
    await this.store.put(this.manifestKey(name), Buffer.from(JSON.stringify(manifest)));
  }

  async delete(name: string): Promise<void> {
    await this.store.delete(this.key(name));
    await this.store.delete(this.manifestKey(name));
  }

  /** Removes what killed writers left behind more than a day ago. Returns how many leftovers went. */
  async sweep(): Promise<number> {
    const folder = `${this.prefix}${MANIFEST_FOLDER}`;
    let swept = await this.store.sweep();
    for await (const { key, modifiedAt } of this.store.list(folder)) {
      const name = key.slice(folder.length, -MANIFEST_SUFFIX.length);
      if (Date.now() - modifiedAt.getTime() < ORPHAN_AGE_MS || (await this.store.stat(this.key(name)))) continue;
      await this.store.delete(key);
      swept += 1;
    }
    return swept;
  }

  private async manifest(name: string): Promise<Manifest | null> {
    const key = this.manifestKey(name);
    if (!(await this.store.stat(key))) return null;
    // One that somebody spoilt says nothing: the backup is then examined as a dump of others is.
    const parsed = manifestSchema.safeParse(await json(await this.store.open(key)).catch(() => null));
    return parsed.data ?? null;
  }

  private key(name: string): string {
    return `${this.prefix}${name}`;
  }

  private manifestKey(name: string): string {
    return `${this.prefix}${MANIFEST_FOLDER}${name}${MANIFEST_SUFFIX}`;
  }
}

const seconds = (at: Date): number => Math.floor(at.getTime() / MS_PER_SECOND);
