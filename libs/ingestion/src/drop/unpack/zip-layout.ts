import { type FileHandle, open } from 'node:fs/promises';
import type { Entry } from 'yauzl';
import { DropRefusedError } from '../drop.errors';

const HEADER_BYTES = 30;
const NAME_LENGTH_AT = 26;
const EXTRA_LENGTH_AT = 28;
const SIGNATURE_BYTES = 4;
/** Says that size and checksum follow the content, which takes 12 bytes, 4 more with a signature and 8 more in large archives. */
const DESCRIPTOR_FLAG = 8;
const DESCRIPTOR_BYTES = [12, 16, 20, 24];
/** Of the directory's entries and of its end, with and without 64 bits. */
const DIRECTORY_SIGNATURES = ['PK\x01\x02', 'PK\x05\x06', 'PK\x06\x06'];

/**
 * Entries lie one behind the other from the first byte to the directory, each under the name that the directory has for it:
 * none shares bytes with another, and nothing hides where other programs might look for files.
 * @throws {DropRefusedError} NOT_AN_ARCHIVE
 */
export async function assertLayout(path: string, entries: readonly Entry[]): Promise<void> {
  const file = await open(path);
  try {
    let ends: readonly number[] = [0];
    for (const entry of [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)) {
      if (!ends.includes(entry.relativeOffsetOfLocalHeader)) refuse('its entries overlap, or something lies between them');
      ends = await endsOf(file, entry);
    }
    const signatures = await Promise.all(ends.map((end) => read(file, end, SIGNATURE_BYTES)));
    if (!signatures.some((signature) => DIRECTORY_SIGNATURES.includes(signature.toString('latin1')))) refuse('something lies before its directory'); // prettier-ignore
  } finally {
    await file.close();
  }
}

/** Where the next entry may begin. */
async function endsOf(file: FileHandle, entry: Entry): Promise<readonly number[]> {
  const start = entry.relativeOffsetOfLocalHeader;
  const header = await read(file, start, HEADER_BYTES);
  const nameLength = header.readUInt16LE(NAME_LENGTH_AT);
  const name = await read(file, start + HEADER_BYTES, nameLength);
  if (!name.equals(entry.fileNameRaw)) refuse('an entry has another name where it lies than in the directory');
  const end = start + HEADER_BYTES + nameLength + header.readUInt16LE(EXTRA_LENGTH_AT) + entry.compressedSize;
  const hasDescriptor = (entry.generalPurposeBitFlag & DESCRIPTOR_FLAG) !== 0;
  return hasDescriptor ? DESCRIPTOR_BYTES.map((bytes) => end + bytes) : [end];
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) refuse('an entry is cut off');
  return buffer;
}

function refuse(what: string): never {
  throw new DropRefusedError('NOT_AN_ARCHIVE', what);
}
