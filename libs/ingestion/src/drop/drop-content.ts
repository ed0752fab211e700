import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DropConfig, ObjectStore } from '@app/platform';
import { SourceUnavailableError } from '../source.errors';
import { CHECKSUM_SUFFIX } from './find-drops';
import { DropRefusedError } from './drop.errors';
import type { DropToken } from './drop-token';
import { drained, peeked, type Peeked } from './unpack/byte-stream';
import { baseName } from './unpack/entry-name';
import { Expansion } from './unpack/expansion';
import { packingOf } from './unpack/packing';
import { type ArchiveFile, tarEntries } from './unpack/tar-entries';
import { gunzip } from './unpack/unzip';
import { zipEntries } from './unpack/zip-entries';

const MAX_CHECKSUM_BYTES = 4096;
const HEX_SHA256 = /\b[0-9a-f]{64}\b/i;

/**
 * One pass over the bytes of a drop: hashed and measured as it lies, unpacked as far as it is packed. A zip, whose directory is
 * its end, is entered again once it was seen whole; from a store elsewhere it is kept on disk, packed, until it is read.
 */
export class DropContent {
  private readonly hash = createHash('sha256');
  private readonly expansion: Expansion;
  private digest: string | null = null;
  private version = '';

  constructor(
    private readonly config: DropConfig,
    private readonly token: DropToken,
    private readonly store: ObjectStore,
    private readonly signal: AbortSignal,
  ) {
    this.expansion = new Expansion(config.limits);
  }

  /** The files of the drop. Each has to be read, or left, before the next one. */
  async *files(): AsyncGenerator<ArchiveFile> {
    this.version = await this.currentVersion();
    const source = this.bytes();
    try {
      const name = this.token.key.slice(this.token.key.lastIndexOf('/') + 1);
      if (this.config.mode === 'file') yield { path: name, content: source };
      else yield* this.archived(await peeked(source));
    } finally {
      await source.return(undefined);
    }
  }

  /**
   * Hex SHA-256 of the drop, once it was read.
   * @throws {DropRefusedError} CHECKSUM_MISMATCH when it was announced otherwise
   * @throws {SourceUnavailableError} when it is not the content that was listed
   */
  async sha256(): Promise<string> {
    this.digest ??= this.hash.digest('hex');
    await this.assertAsListed(this.digest);
    const announced = await this.announced();
    if (announced !== null && announced !== this.digest)
      throw new DropRefusedError('CHECKSUM_MISMATCH', 'its SHA-256 is not the one that was announced beside it');
    return this.digest;
  }

  /** What a file of the drop holds, which may be packed on its own. @throws {DropRefusedError} NOT_AN_ARCHIVE unless by gzip */
  async *unpacked({ path, content }: ArchiveFile): AsyncGenerator<Buffer> {
    const { head, all } = await peeked(content);
    const packing = packingOf(head);
    if (packing !== null && packing !== 'gzip')
      throw new DropRefusedError('NOT_AN_ARCHIVE', `it is packed by ${packing}, and a file may be packed by gzip only`, { member: path });
    yield* packing === null ? all : gunzip(all, this.expansion);
  }

  private async *archived({ head, all }: Peeked): AsyncGenerator<ArchiveFile> {
    if (head.length === 0) throw new DropRefusedError('NOT_AN_ARCHIVE', 'it is empty');
    let files = 0;
    for await (const { path, content } of this.entries(head, all)) {
      files += 1;
      yield { path: baseName(path, this.config), content };
    }
    if (files === 0) throw new DropRefusedError('EMPTY_ARCHIVE', 'it holds no file');
  }

  private entries(head: Buffer, all: AsyncIterable<Buffer>): AsyncGenerator<ArchiveFile> {
    const packing = packingOf(head);
    switch (packing) {
      case 'zip':
        return this.zipped(all);
      case 'gzip':
        return tarEntries(gunzip(all, this.expansion), this.config, this.expansion);
      case null:
        return tarEntries(this.counted(all), this.config, this.expansion);
      default:
        throw new DropRefusedError('NOT_AN_ARCHIVE', `it is packed by ${packing}, which is not read here`);
    }
  }

  private async *zipped(all: AsyncIterable<Buffer>): AsyncGenerator<ArchiveFile> {
    const local = await this.store.local(this.token.key);
    if (local !== null) {
      await drained(all);
      yield* zipEntries(local, this.config, this.expansion);
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), 'tributary-drop-'));
    try {
      const path = join(folder, 'drop.zip');
      await pipeline(all, createWriteStream(path), { signal: this.signal });
      yield* zipEntries(path, this.config, this.expansion);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  private async *counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.expansion.gaveOut(chunk.length);
      yield chunk;
    }
  }

  private async *bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of (await this.store.open(this.token.key, { signal: this.signal })) as AsyncIterable<Buffer>) {
      this.hash.update(chunk);
      this.expansion.tookIn(chunk.length);
      yield chunk;
    }
    if (this.expansion.compressedBytes !== this.token.sizeBytes) throw this.changed();
  }

  /** Of a folder's file the etag is its hash. */
  private async assertAsListed(digest: string): Promise<void> {
    const { key, etag } = this.token;
    const version = await this.currentVersion();
    const isListed = (await this.store.local(key)) === null ? version === etag : digest === etag;
    if (!isListed || version !== this.version) throw this.changed();
  }

  /** Changes with everything that is done to the object. */
  private async currentVersion(): Promise<string> {
    const { key } = this.token;
    const path = await this.store.local(key);
    if (path === null) return (await this.store.stat(key, { signal: this.signal }))?.etag ?? '';
    const { ino, ctimeNs } = await stat(path, { bigint: true });
    return `${ino}/${ctimeNs}`;
  }

  private changed(): SourceUnavailableError {
    return new SourceUnavailableError(`The drop ${this.token.key}`, 'it was changed while it was read');
  }

  /** By an object beside the drop, or by the drop's own metadata. */
  private async announced(): Promise<string | null> {
    const { key } = this.token;
    const options = { signal: this.signal };
    const stated = (await this.store.stat(key, options))?.metadata.sha256;
    if (stated !== undefined) return stated.toLowerCase();
    const sidecar = await this.store.stat(`${key}${CHECKSUM_SUFFIX}`, options);
    if (sidecar === null) return null;
    if (sidecar.sizeBytes > MAX_CHECKSUM_BYTES) return '';
    const pieces: Buffer[] = [];
    for await (const piece of await this.store.open(sidecar.key, options)) pieces.push(piece as Buffer);
    return HEX_SHA256.exec(Buffer.concat(pieces).toString())?.[0].toLowerCase() ?? '';
  }
}
