import { createHash } from 'node:crypto';
import type { DropConfig, ObjectStore } from '@app/platform';
import { SourceUnavailableError } from '../source.errors';
import { CHECKSUM_SUFFIX } from './find-drops';
import { DropRefusedError } from './drop.errors';
import type { DropToken } from './drop-token';
import { baseName } from './unpack/entry-name';
import { Expansion } from './unpack/expansion';
import { gunzip, isGzip } from './unpack/gunzip';
import { type ArchiveFile, tarEntries } from './unpack/tar-entries';

const MAX_CHECKSUM_BYTES = 4096;
const HEX_SHA256 = /\b[0-9a-f]{64}\b/i;
const MAGIC_BYTES = 512;

/** One pass over the bytes of a drop: hashed and measured as it lies, unpacked as far as it is packed. */
export class DropContent {
  private readonly hash = createHash('sha256');
  private readonly expansion: Expansion;
  private digest: string | null = null;

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
    const source = this.bytes();
    try {
      const bytes = await peeked(source);
      if (this.config.mode === 'archive') yield* this.archived(bytes);
      else yield this.single(bytes);
    } finally {
      await source.return(undefined);
    }
  }

  /** Hex SHA-256 of the drop, once it was read. @throws {DropRefusedError} CHECKSUM_MISMATCH when it was announced otherwise */
  async sha256(): Promise<string> {
    this.digest ??= this.hash.digest('hex');
    const announced = await this.announced();
    if (announced !== null && announced !== this.digest)
      throw new DropRefusedError('CHECKSUM_MISMATCH', 'its SHA-256 is not the one that was announced beside it');
    return this.digest;
  }

  private async *archived({ head, all }: Peeked): AsyncGenerator<ArchiveFile> {
    if (head.length === 0) throw new DropRefusedError('NOT_AN_ARCHIVE', 'it is empty');
    const unpacked = isGzip(head) ? gunzip(all, this.expansion) : this.counted(all);
    let files = 0;
    for await (const entry of tarEntries(unpacked, this.config, this.expansion)) {
      files += 1;
      yield { path: baseName(entry.path, this.config), content: entry.content };
    }
    if (files === 0) throw new DropRefusedError('EMPTY_ARCHIVE', 'it holds no file');
  }

  private single({ head, all }: Peeked): ArchiveFile {
    const name = this.token.key.slice(this.token.key.lastIndexOf('/') + 1);
    return { path: name, content: isGzip(head) ? gunzip(all, this.expansion) : all };
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
    if (this.expansion.compressedBytes !== this.token.sizeBytes)
      throw new SourceUnavailableError(`The drop ${this.token.key}`, 'it was changed while it was read');
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

interface Peeked {
  /** The first bytes, fewer only when there are no more. */
  readonly head: Buffer;
  readonly all: AsyncIterable<Buffer>;
}

async function peeked(bytes: AsyncGenerator<Buffer>): Promise<Peeked> {
  const first: Buffer[] = [];
  let size = 0;
  while (size < MAGIC_BYTES) {
    const step = await bytes.next();
    if (step.done) break;
    first.push(step.value);
    size += step.value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* first;
    yield* bytes;
  }
  return { head: Buffer.concat(first), all: all() };
}
