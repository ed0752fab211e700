import { Readable } from 'node:stream';
import { createReadStream } from 'node:fs';
import { unlink } from 'node:fs/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Digest } from './digest';
import { assertFolder, assertKey, assertPrefix, isKey } from './object-key';
import { assertMetadata } from './object-metadata';
import type { CopyOptions, ObjectInfo, ObjectStat, ObjectStore, PutOptions, ReadOptions, StoredObject } from './object-store';
import { InvalidObjectKeyError, ObjectNotFoundError, ObjectStoreUnavailableError } from './object-store-error';
import { download } from './s3-download';
import { s3Failure } from './s3-failure';
import { abortStaleUploads } from './s3-sweep';
import { upload } from './s3-upload';

/** S3 copies no more in one request; larger objects travel through this process. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;

/** A writer that is still alive after this long is not plausible; its unfinished upload is a leftover. */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000;

/** Objects of one bucket below one prefix. */
export class S3ObjectStore implements ObjectStore {
  /** A 404 for an object may mean the bucket; asked once, so that a missing bucket never looks like a missing object. */
  private bucketSeen = false;

  /** `prefix` is empty or ends in `/`. */
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly prefix: string,
  ) {
    assertFolder(prefix);
  }

  async put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions = {}): Promise<StoredObject> {
    const target = this.target(key);
    assertMetadata(options.metadata);
    const digest = new Digest();
    const params = { ...target, Metadata: { ...options.metadata } };
    return this.translated(key, options.signal, digest, async () => {
      const { ETag } = await upload(this.client, params, body, digest, options.signal);
      return { sizeBytes: digest.sizeBytes, sha256: digest.sha256(), etag: unquoted(ETag) };
    });
  }

  async putFile(key: string, path: string, options: PutOptions = {}): Promise<StoredObject> {
    const result = await this.put(key, createReadStream(path), options);
    await unlink(path);
    return result;
  }

  async open(key: string, options: ReadOptions = {}): Promise<Readable> {
    const output = await this.translated(key, options.signal, null, () =>
      this.client.send(new GetObjectCommand(this.target(key)), abortable(options)),
    );
    if (!(output.Body instanceof Readable)) throw new ObjectStoreUnavailableError('The S3 server sent an object without a body.', true);
    return download(output.Body, {
      sizeBytes: output.ContentLength ?? 0,
      signal: options.signal,
      translate: (error) => s3Failure(error, key),
    });
  }

  async stat(key: string, options: ReadOptions = {}): Promise<ObjectStat | null> {
    try {
      const head = await this.translated(key, options.signal, null, () =>
        this.client.send(new HeadObjectCommand(this.target(key)), abortable(options)),
      );
      return { ...toInfo(key, head.ContentLength, head.LastModified, head.ETag), metadata: head.Metadata ?? {} };
    } catch (error) {
      if (!(error instanceof ObjectNotFoundError)) throw error;
      if (!this.bucketSeen) await this.check(options);
      return null;
    }
  }

  async *list(prefix: string, options: ReadOptions = {}): AsyncGenerator<ObjectInfo> {
    assertPrefix(prefix);
    for await (const page of this.pages(prefix, undefined, options)) {
      for (const item of page.Contents ?? []) {
        const key = (item.Key ?? '').slice(this.prefix.length);
        if (isKey(key)) yield toInfo(key, item.Size, item.LastModified, item.ETag);
      }
    }
  }

  async *folders(prefix: string, options: ReadOptions = {}): AsyncGenerator<string> {
    assertFolder(prefix);
    for await (const page of this.pages(prefix, '/', options)) {
      for (const item of page.CommonPrefixes ?? []) {
        const folder = (item.Prefix ?? '').slice(this.prefix.length, -1);
        if (isKey(folder)) yield folder.slice(prefix.length);
      }
    }
  }

  async delete(key: string, options: ReadOptions = {}): Promise<void> {
    await this.translated(key, options.signal, null, () => this.client.send(new DeleteObjectCommand(this.target(key)), abortable(options)));
  }

  async deletePrefix(prefix: string, options: ReadOptions = {}): Promise<void> {
    assertFolder(prefix);
    if (prefix === '') throw new InvalidObjectKeyError(prefix, 'the whole store is never deleted at once');
    for await (const page of this.pages(prefix, undefined, options)) {
      const Objects = (page.Contents ?? []).map(({ Key }) => ({ Key }));
      if (Objects.length === 0) continue;
      const command = new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } });
      const { Errors = [] } = await this.translated(prefix, options.signal, null, () => this.client.send(command, abortable(options)));
      // Some servers report an object that somebody else deleted meanwhile.
      const failed = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
      if (failed.length > 0)
        throw new ObjectStoreUnavailableError(
          `The S3 server did not delete ${failed.length} objects (${failed[0]?.Code ?? 'no reason given'}).`,
          true,
        );
    }
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    const [source, target] = [this.target(from), this.target(to)];
    assertMetadata(options.metadata);
    const original = await this.stat(from, options);
    if (original === null) throw new ObjectNotFoundError(from);
    if (original.sizeBytes > MAX_COPY_BYTES) {
      await this.put(to, await this.open(from, options), { metadata: options.metadata ?? original.metadata, signal: options.signal });
      return;
    }
    const CopySource = `${this.bucket}/${source.Key.split('/').map(encodeURIComponent).join('/')}`;
    const replaced = options.metadata && { Metadata: { ...options.metadata }, MetadataDirective: 'REPLACE' as const };
    await this.translated(from, options.signal, null, () =>
      this.client.send(new CopyObjectCommand({ ...target, CopySource, ...replaced }), abortable(options)),
    );
  }

  async sha256(key: string, options: ReadOptions = {}): Promise<string> {
    const digest = new Digest();
    await digest.read(await this.open(key, options), options.signal);
    return digest.sha256();
  }

  draft(key: string): Promise<null> {
    return this.local(key);
  }

  local(key: string): Promise<null> {
    assertKey(key);
    return Promise.resolve(null);
  }

  async check(options: ReadOptions = {}): Promise<void> {
    const found = await this.translated('', options.signal, null, () =>
      this.client.send(new HeadBucketCommand({ Bucket: this.bucket }), abortable(options)),
    ).catch((error: unknown) => {
      if (error instanceof ObjectNotFoundError) return null;
      throw error;
    });
    if (found === null) throw new ObjectStoreUnavailableError('The S3 server has no such bucket; create it or correct the address.', false);
    this.bucketSeen = true;
  }

  async sweep(options: ReadOptions = {}): Promise<number> {
    const scope = {
      bucket: this.bucket,
      prefix: this.prefix,
      startedBefore: new Date(Date.now() - LEFTOVER_AGE_MS),
      signal: options.signal,
    };
    return this.translated('', options.signal, null, () => abortStaleUploads(this.client, scope));
  }

  close(): void {
    this.client.destroy();
  }

  private target(key: string): { Bucket: string; Key: string } {
    assertKey(key);
    assertKey(`${this.prefix}${key}`);
    return { Bucket: this.bucket, Key: `${this.prefix}${key}` };
  }

  private async *pages(prefix: string, delimiter: string | undefined, options: ReadOptions): AsyncGenerator<ListObjectsV2CommandOutput> {
    const request = { Bucket: this.bucket, Prefix: `${this.prefix}${prefix}`, Delimiter: delimiter };
    const pages = paginateListObjectsV2({ client: this.client }, request, abortable(options));
    for (;;) {
      const page = await this.translated(prefix, options.signal, null, () => pages.next());
      if (page.done) return;
      yield page.value;
    }
  }

  /** An error of the body and the reason of an abort are the caller's own and pass as they are. */
  private async translated<T>(key: string, signal: AbortSignal | undefined, digest: Digest | null, work: () => Promise<T>): Promise<T> {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      if (digest?.bodyFailure) throw digest.bodyFailure.error;
      signal?.throwIfAborted();
      throw s3Failure(error, key);
    }
  }
}

function abortable({ signal }: ReadOptions): { abortSignal?: AbortSignal } {
  return { abortSignal: signal };
}

function toInfo(key: string, sizeBytes = 0, modifiedAt = new Date(0), etag?: string): ObjectInfo {
  return { key, sizeBytes, modifiedAt, etag: unquoted(etag) };
}

function unquoted(etag = ''): string {
  return etag.replace(/^"|"$/g, '');
}
