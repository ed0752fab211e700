import { constants, createReadStream, mkdirSync, realpathSync } from 'node:fs';
import { access, chmod, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { Digest, once } from './digest';
import {
  assertNoLinks,
  draftFile,
  ensureFolder,
  fileFailure,
  FILE_MODE,
  FOLDER_MODE,
  type FileVersion,
  isMissing,
  prepareFile,
  syncToDisk,
  toVersion,
} from './folder-files';
import { readMetadata, removeMetadata, writeMetadata } from './folder-metadata';
import { folderNames, statOrNull, sweepLeftovers, walk } from './folder-walk';
import { assertFolder, assertKey, assertPrefix } from './object-key';
import { assertMetadata } from './object-metadata';
import type { CopyOptions, ObjectInfo, ObjectStat, ObjectStore, PutOptions, ReadOptions, StoredObject } from './object-store';
import { InvalidObjectKeyError, ObjectNotFoundError, ObjectStoreUnavailableError } from './object-store-error';

const READ_BUFFER_BYTES = 512 * 1024;

/**
 * Objects as files of a folder, which other processes may share: their files are objects too, once they have their name.
 * Symbolic links are never followed, so no key leads out of the folder.
 */
export class FolderObjectStore implements ObjectStore {
  private readonly root: string;

  /** Creates the folder when it is missing. */
  constructor(root: string) {
    try {
      mkdirSync(root, { recursive: true, mode: FOLDER_MODE });
      this.root = realpathSync(root);
    } catch (error) {
      throw new ObjectStoreUnavailableError(
        'The folder of the object store cannot be created; check OBJECT_STORE_URL and its permissions.',
        false,
        error,
      );
    }
  }

  async put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions = {}): Promise<StoredObject> {
    const path = this.path(key);
    assertMetadata(options.metadata);
    const digest = new Digest();
    return this.translated(key, digest, async () => {
      await ensureFolder(dirname(path));
      const content = body instanceof Uint8Array ? once(body) : body;
      const file = await prepareFile(dirname(path), digest.over(content, options.signal));
      await writeMetadata(path, file.version.etag, options.metadata ?? {});
      await file.publish(path);
      return stored(file.version, digest);
    });
  }

  async putFile(key: string, path: string, options: PutOptions = {}): Promise<StoredObject> {
    const target = this.path(key);
    assertMetadata(options.metadata);
    const digest = new Digest();
    const moved = await this.translated(key, digest, () => this.move(path, target, digest, options));
    if (moved) return moved;
    const result = await this.put(key, createReadStream(path, { highWaterMark: READ_BUFFER_BYTES }), options);
    await unlink(path);
    return result;
  }

  async draft(key: string): Promise<string> {
    const folder = dirname(this.path(key));
    return this.translated(key, null, async () => {
      await ensureFolder(folder);
      return draftFile(folder);
    });
  }

  async open(key: string, options: ReadOptions = {}): Promise<Readable> {
    options.signal?.throwIfAborted();
    const path = await this.existing(key);
    return this.translated(key, null, async () => {
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      return handle.createReadStream({ highWaterMark: READ_BUFFER_BYTES, signal: options.signal });
    });
  }

  async sha256(key: string, options: ReadOptions = {}): Promise<string> {
    const path = await this.existing(key);
    const digest = new Digest();
    await this.translated(key, null, () => digest.readFile(path, options.signal));
    return digest.sha256();
  }

  async stat(key: string, options: ReadOptions = {}): Promise<ObjectStat | null> {
    options.signal?.throwIfAborted();
    const path = this.path(key);
    return this.translated(key, null, async () => {
      const version = await this.version(path);
      return version && { key, ...version, metadata: await readMetadata(path, version.etag) };
    });
  }

  async *list(prefix: string, options: ReadOptions = {}): AsyncGenerator<ObjectInfo> {
    assertPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (!(await this.isFolder(folder))) return;
    try {
      yield* walk(this.root, folder, prefix, options.signal);
    } catch (error) {
      throw fileFailure(error, prefix);
    }
  }

  async *folders(prefix: string, options: ReadOptions = {}): AsyncGenerator<string> {
    assertFolder(prefix);
    options.signal?.throwIfAborted();
    if (!(await this.isFolder(prefix))) return;
    yield* await this.translated(prefix, null, () => folderNames(this.root, prefix));
  }

  async delete(key: string): Promise<void> {
    const path = this.path(key);
    await this.translated(key, null, async () => {
      if ((await this.version(path)) === null) return;
      await unlink(path).catch(ignoreMissing);
      await removeMetadata(path);
      await syncToDisk(dirname(path));
    });
  }

  async deletePrefix(prefix: string): Promise<void> {
    assertFolder(prefix);
    if (prefix === '') throw new InvalidObjectKeyError(prefix, 'the whole store is never deleted at once');
    if (!(await this.isFolder(prefix))) return;
    const folder = resolve(this.root, prefix);
    await this.translated(prefix, null, async () => {
      await rm(folder, { recursive: true, force: true });
      await syncToDisk(dirname(folder));
    });
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    assertKey(to);
    const metadata = options.metadata ?? (await this.stat(from))?.metadata;
    const body = await this.open(from, options);
    try {
      await this.put(to, body, { metadata, signal: options.signal });
    } finally {
      body.destroy();
    }
  }

  local(key: string): Promise<string> {
    return this.existing(key);
  }

  async check(): Promise<void> {
    await this.translated('', null, () => access(this.root, constants.R_OK | constants.W_OK | constants.X_OK));
  }

  async sweep(options: ReadOptions = {}): Promise<number> {
    return this.translated('', null, () => sweepLeftovers(this.root, options.signal));
  }

  close(): void {
    // Files are closed by those who opened them.
  }

  private path(key: string): string {
    assertKey(key);
    return join(this.root, key);
  }

  private async existing(key: string): Promise<string> {
    const path = this.path(key);
    const version = await this.translated(key, null, () => this.version(path));
    if (version === null) throw new ObjectNotFoundError(key);
    return path;
  }

  private async version(path: string): Promise<FileVersion | null> {
    const stats = await statOrNull(path);
    if (!stats?.isFile()) return null;
    await assertNoLinks(dirname(path));
    return toVersion(stats);
  }

  private async isFolder(folder: string): Promise<boolean> {
    return this.translated(folder, null, async () => {
      const path = resolve(this.root, folder);
      const stats = await statOrNull(path);
      if (stats?.isDirectory()) await assertNoLinks(path);
      return stats?.isDirectory() ?? false;
    });
  }

  /** Null when the file lies on another file system, or is a link, and has to be copied. */
  private async move(path: string, target: string, digest: Digest, options: PutOptions): Promise<StoredObject | null> {
    const before = await statOrNull(path);
    await ensureFolder(dirname(target));
    const folder = await statOrNull(dirname(target));
    if (!before?.isFile() || before.dev !== folder?.dev) return null;
    await chmod(path, FILE_MODE);
    // One keeps the processor busy, the other the disk.
    await Promise.all([digest.readFile(path, options.signal), syncToDisk(path)]);
    await writeMetadata(target, toVersion(before).etag, options.metadata ?? {});
    await rename(path, target);
    await syncToDisk(dirname(target));
    return stored(toVersion(before), digest);
  }

  /** An error of the body is the caller's own and passes as it is; one of the file system becomes ours. */
  private async translated<T>(key: string, digest: Digest | null, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (digest?.bodyFailure) throw digest.bodyFailure.error;
      throw fileFailure(error, key);
    }
  }
}

function stored(version: FileVersion, digest: Digest): StoredObject {
  return { sizeBytes: digest.sizeBytes, sha256: digest.sha256(), etag: version.etag };
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
