import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { AppError, type DropConfig } from '@app/platform';
import { SourceUnavailableError } from '../../source.errors';
import { DropRefusedError } from '../drop.errors';
import { assertSafePath, isIgnored } from './entry-name';
import type { Expansion } from './expansion';
import type { ArchiveFile } from './tar-entries';
import { inflate } from './unzip';
import { assertLayout } from './zip-layout';

/** Of Unix, in the upper half of an entry's attributes; other systems leave it empty. */
const FILE_TYPE = 0xf000;
const REGULAR = 0x8000;
const FOLDER = 0x4000;
const STORED = 0;

/** The files of a zip in the order of its directory, without those that are ignored. Everything else about it must be harmless. */
export async function* zipEntries(path: string, config: DropConfig, expansion: Expansion): AsyncGenerator<ArchiveFile> {
  try {
    const zip = await openPromise(path, { decodeStrings: false, autoClose: false });
    try {
      yield* files(zip, await entriesOf(zip, path, config, expansion), config, expansion);
    } finally {
      zip.close();
    }
  } catch (error) {
    throw explained(error);
  }
}

/** All of them, before the first is opened. */
async function entriesOf(zip: ZipFile, path: string, config: DropConfig, expansion: Expansion): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    expansion.metEntry();
    const name = nameOf(entry);
    assertSafePath(name, config);
    assertPlain(entry, name, isFolder(name));
    entries.push(entry);
  }
  await assertLayout(path, entries);
  return entries;
}

const nameOf = ({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string =>
  getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);

const isFolder = (name: string): boolean => name.endsWith('/');

async function* files(zip: ZipFile, entries: readonly Entry[], config: DropConfig, expansion: Expansion): AsyncGenerator<ArchiveFile> {
  for (const entry of entries) {
    const name = nameOf(entry);
    if (!isFolder(name) && !isIgnored(name, config)) yield { path: name, content: explainedContent(contentOf(zip, entry, expansion)) };
  }
}

function assertPlain(entry: Entry, name: string, mayBeFolder: boolean): void {
  const refuse = (what: string): never => {
    throw new DropRefusedError('UNSAFE_ENTRY', `the entry ${JSON.stringify(name)} is ${what}`);
  };
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (type !== 0 && type !== (mayBeFolder ? FOLDER : REGULAR)) refuse('no ordinary file');
  if (entry.isEncrypted()) refuse('encrypted');
  if (!entry.canDecodeFileData()) refuse('packed in a way that is not read here');
}

async function* explainedContent(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw explained(error);
  }
}

async function* contentOf(zip: ZipFile, entry: Entry, expansion: Expansion): AsyncGenerator<Buffer> {
  const packed = (await zip.openReadStreamPromise(entry, { decodeFileData: false })) as AsyncIterable<Buffer>;
  let sum = 0;
  let size = 0;
  for await (const chunk of entry.compressionMethod === STORED ? counted(packed, expansion) : inflate(packed, expansion)) {
    sum = crc32(chunk, sum);
    size += chunk.length;
    yield chunk;
  }
  if (size !== entry.uncompressedSize || sum !== entry.crc32)
    throw new DropRefusedError('NOT_AN_ARCHIVE', 'an entry does not have the size and checksum that are stated for it');
}

async function* counted(chunks: AsyncIterable<Buffer>, expansion: Expansion): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    expansion.gaveOut(chunk.length);
    yield chunk;
  }
}

/** What the machine could not do is no fault of the archive. */
function explained(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof Error && 'syscall' in error) return new SourceUnavailableError('The zip archive', error.message);
  return new DropRefusedError('NOT_AN_ARCHIVE', 'its zip directory or an entry is damaged or cut off');
}
