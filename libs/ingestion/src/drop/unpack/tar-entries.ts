import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { AppError, type DropConfig } from '@app/platform';
import { DropRefusedError } from '../drop.errors';
import { assertSafePath, isIgnored } from './entry-name';
import type { Expansion } from './expansion';

export interface ArchiveFile {
  /** As the archive has it; safe. */
  readonly path: string;
  /** Read to its end, or not at all. */
  readonly content: AsyncIterable<Buffer>;
}

const BLOCK_BYTES = 512;
const READ_AHEAD_BYTES = 1024 * 1024;
/** Older than the format's name in the header. Its checksum is verified all the same. */
const ANY_FLAVOUR = { allowUnknownFormat: true };

/** The files of a tar in its order, without those that are ignored. Everything else about it must be harmless. */
export async function* tarEntries(bytes: AsyncIterable<Buffer>, config: DropConfig, expansion: Expansion): AsyncGenerator<ArchiveFile> {
  const unpack = extract({ ...ANY_FLAVOUR, highWaterMark: READ_AHEAD_BYTES });
  const source = new TarBytes(bytes);
  const feeding = pipeline(source.chunks(), unpack).catch(() => undefined); // whoever reads the entries meets the failure
  try {
    for await (const entry of unpack) {
      expansion.metEntry();
      const { name: path, type } = entry.header;
      assertSafePath(path, config);
      if (!isPlain(entry.header)) throw new DropRefusedError('UNSAFE_ENTRY', `the entry ${JSON.stringify(path)} is no ordinary file`);
      if (type === 'directory' || isIgnored(path, config)) entry.resume();
      else yield { path, content: contentOf(entry as AsyncIterable<Buffer>, source) };
    }
  } catch (error) {
    throw explained(error, source);
  } finally {
    unpack.destroy();
    await feeding;
  }
  if (!source.endsInZeros) throw new DropRefusedError('NOT_AN_ARCHIVE', 'its tar ends without the mark of its end');
}

async function* contentOf(entry: AsyncIterable<Buffer>, source: TarBytes): AsyncGenerator<Buffer> {
  try {
    yield* entry;
  } catch (error) {
    throw explained(error, source);
  }
}

function explained(error: unknown, { failure }: TarBytes): unknown {
  if (failure) return failure.error;
  return error instanceof AppError ? error : new DropRefusedError('NOT_AN_ARCHIVE', 'its tar is damaged or cut off');
}

/** Sparse files hide in extended headers too. */
function isPlain(header: Header): boolean {
  if (header.type === 'directory') return true;
  const extended = 'pax' in header && typeof header.pax === 'object' ? Object.keys(header.pax ?? {}) : [];
  return (header.type === 'file' || header.type === 'contiguous-file') && !extended.some((key) => key.startsWith('GNU.sparse'));
}

class TarBytes {
  /** Of whoever delivers the bytes, so that it is never taken for one of the archive. */
  failure: { readonly error: unknown } | null = null;
  private tail: Buffer = Buffer.alloc(0);

  constructor(private readonly bytes: AsyncIterable<Buffer>) {}

  get endsInZeros(): boolean {
    return this.tail.length === 0 || this.tail.every((byte) => byte === 0);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.bytes) {
        this.tail = chunk.length >= BLOCK_BYTES ? chunk.subarray(-BLOCK_BYTES) : Buffer.concat([this.tail, chunk]).subarray(-BLOCK_BYTES);
        yield chunk;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
