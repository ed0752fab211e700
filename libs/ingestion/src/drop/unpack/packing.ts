/** Of how something is packed, by its first bytes. Only the first two are unpacked. */
const MAGIC = {
  gzip: Buffer.from([0x1f, 0x8b]),
  zip: Buffer.from('PK'),
  bzip2: Buffer.from('BZh'),
  xz: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
  '7z': Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
} as const;
const ZIP_SIGNATURES: readonly string[] = ['\x03\x04', '\x05\x06'];

export type Packing = keyof typeof MAGIC;

/** Null for what is not packed, as far as anybody can tell. */
export function packingOf(head: Buffer): Packing | null {
  const names = Object.keys(MAGIC) as Packing[];
  const name = names.find((candidate) => head.subarray(0, MAGIC[candidate].length).equals(MAGIC[candidate]));
  if (name === 'zip' && !ZIP_SIGNATURES.includes(head.toString('latin1', 2, 4))) return null;
  return name ?? null;
}
