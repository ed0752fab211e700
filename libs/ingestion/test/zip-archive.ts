import { crc32, deflateRawSync } from 'node:zlib';

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_HEADER = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const VERSION = 20;
const UNIX = 3 << 8;
const DEFLATED = 8;
const REGULAR = 0o100644;
const DESCRIPTOR_FLAG = 8;
const DESCRIPTOR_BYTES = 16;

/** What an entry states, and what it holds; a test lets it lie. */
export interface ZipEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Unix type and rights. */
  readonly mode?: number;
  readonly method?: number;
  /** 1: encrypted. 8: followed by a descriptor, as of those who cannot go back. */
  readonly flags?: number;
  readonly statedBytes?: number;
  readonly statedSum?: number;
  /** Of another entry, whose bytes this one claims too. */
  readonly at?: number;
  /** Another name for the directory; null when it does not list the entry. */
  readonly listedAs?: string | null;
}

/** A zip archive of these entries, whatever they are. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const method = entry.method ?? DEFLATED;
    const packed = method === DEFLATED ? deflateRawSync(content) : content;
    const name = Buffer.from(entry.name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(VERSION, 0);
    facts.writeUInt16LE(entry.flags ?? 0, 2);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(entry.statedSum ?? crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(entry.statedBytes ?? content.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const listedName = Buffer.from(entry.listedAs ?? entry.name);
    const place = Buffer.alloc(14);
    place.writeUInt32LE((entry.mode ?? REGULAR) * 0x10000, 6);
    place.writeUInt32LE(entry.at ?? offset, 10);
    const listedFacts = Buffer.from(facts);
    listedFacts.writeUInt16LE(listedName.length, 22);
    if (entry.listedAs !== null)
      directory.push(Buffer.concat([uint32(DIRECTORY_HEADER), uint16(UNIX | VERSION), listedFacts, place, listedName]));
    const descriptor = Buffer.alloc((entry.flags ?? 0) & DESCRIPTOR_FLAG ? DESCRIPTOR_BYTES : 0);
    const body = Buffer.concat([uint32(LOCAL_HEADER), facts, name, packed, descriptor]);
    bodies.push(body);
    offset += body.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, listed, uint32(DIRECTORY_END), end]);
}

export const zipOf = (files: Readonly<Record<string, string | Buffer>>, ...more: ZipEntry[]): Buffer =>
  zip([...Object.entries(files).map(([name, content]) => ({ name, content })), ...more]);

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
