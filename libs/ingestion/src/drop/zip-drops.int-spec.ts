import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { D1, D1_KEY, DropHarness, ORCHARD, READING, tgz } from '../../test/drop-harness';
import { zip, type ZipEntry, zipOf } from '../../test/zip-archive';

const refused = (finding: string) => ({ code: 'source-data-invalid', retryable: false, details: { finding } });
const FIFO = 0o010644;
const LINK = 0o120777;
const STORED = 0;
const DESCRIBED = 8;
const BZIP2 = 12;

/** Of trees.csv, sub/picks.csv, workers.csv and .DS_Store, by Info-ZIP 3.0. */
const INFO_ZIP =
  'UEsDBAoAAAAAAFGAdV2XLCaaGQAAABkAAAAJAAAAdHJlZXMuY3N2YSxiLGMsZAowMDEsUGx1bSx0cnVlLE4xClBLAwQKAAAAAABRgHVdgxbcjAEAAAABAAAA' +
  'CQAAAC5EU19TdG9yZXhQSwMECgAAAAAAUYB1XVCBZP4GAAAABgAAAAsAAAB3b3JrZXJzLmNzdncsbixiClBLAwQKAAAAAABRgHVdAAAAAAAAAAAAAAAABAAA' +
  'AHN1Yi9QSwMECgAAAAAAUYB1XaC6XC4KAAAACgAAAA0AAABzdWIvcGlja3MuY3N2cCx0LGssbSxkClBLAQIeAwoAAAAAAFGAdV2XLCaaGQAAABkAAAAJAAAA' +
  'AAAAAAEAAACkgQAAAAB0cmVlcy5jc3ZQSwECHgMKAAAAAABRgHVdgxbcjAEAAAABAAAACQAAAAAAAAABAAAApIFAAAAALkRTX1N0b3JlUEsBAh4DCgAAAAAA' +
  'UYB1XVCBZP4GAAAABgAAAAsAAAAAAAAAAQAAAKSBaAAAAHdvcmtlcnMuY3N2UEsBAh4DCgAAAAAAUYB1XQAAAAAAAAAAAAAAAAQAAAAAAAAAAAAQAO1BlwAA' +
  'AHN1Yi9QSwECHgMKAAAAAABRgHVdoLpcLgoAAAAKAAAADQAAAAAAAAABAAAApIG5AAAAc3ViL3BpY2tzLmNzdlBLBQYAAAAABQAFABQBAADuAAAAAAA=';

describe('DropSource over zip archives', () => {
  let drops: DropHarness;
  beforeEach(async () => {
    drops = await DropHarness.start();
  });
  afterEach(() => drops.stop());

  const draw = async (archive: Buffer, json: object = ORCHARD) => {
    await drops.put(D1_KEY, archive);
    return drops.draw(json);
  };

  it('stages the same as from a tar, packed or not', async () => {
    const fromTar = (await draw(await tgz(D1))).slice(0, 3);
    expect((await draw(zipOf(D1))).slice(0, 3)).toEqual(fromTar);
    const stored = zip(Object.entries(D1).map(([name, content]) => ({ name, content, method: STORED })));
    expect((await draw(stored)).slice(0, 3)).toEqual(fromTar);
    const streamed = zip(Object.entries(D1).map(([name, content]) => ({ name, content, flags: DESCRIBED })));
    expect((await draw(streamed)).slice(0, 3)).toEqual(fromTar);
  });

  it('reads what Info-ZIP writes, folders and files of other systems included', async () => {
    const parts = await draw(Buffer.from(INFO_ZIP, 'base64'), { ...ORCHARD, flatten: true });
    expect(parts.map(({ stream, rows }) => [stream, rows])).toEqual(
      expect.arrayContaining([
        ['member-0', 1],
        ['member-1', 0],
        ['member-2', 0],
      ]),
    );
  });

  it.each<[string, ZipEntry, string]>([
    ['a way up', { name: '../trees.csv' }, 'UNSAFE_PATH'],
    ['an absolute path', { name: '/etc/x.csv' }, 'UNSAFE_PATH'],
    ['a drive', { name: 'C:x.csv' }, 'UNSAFE_PATH'],
    ['a backslash', { name: '..\\x.csv' }, 'UNSAFE_PATH'],
    ['a NUL in a name', { name: 'trees.csv\0.txt' }, 'UNSAFE_PATH'],
    ['a symbolic link', { name: 'link.csv', content: 'picks.csv', mode: LINK }, 'UNSAFE_ENTRY'],
    ['a queue', { name: 'x.csv', mode: FIFO }, 'UNSAFE_ENTRY'],
    ['an encrypted file', { name: 'x.csv', flags: 1 }, 'UNSAFE_ENTRY'],
    ['a file packed by something else', { name: 'x.csv', method: BZIP2 }, 'UNSAFE_ENTRY'],
    ['a file twice', { name: 'trees.txt', content: D1['trees.csv'] }, 'DUPLICATE_MEMBER'],
    ['a long path', { name: `${'x/'.repeat(600)}trees.csv` }, 'LIMIT_EXCEEDED'],
  ])('refuses %s, and writes nothing', async (_what, entry, finding) => {
    await expect(draw(zipOf(D1, entry))).rejects.toMatchObject(refused(finding));
    expect(await readdir(drops.root)).toEqual(['drops']);
  });

  it.each<[string, Partial<ZipEntry>]>([
    ['more bytes than are stated', { statedBytes: 10 }],
    ['fewer bytes than are stated', { statedBytes: 1000 }],
    ['another checksum than is stated', { statedSum: 1 }],
  ])('refuses a file of %s', async (_what, lie) => {
    await expect(draw(zip([{ name: 'trees.csv', content: D1['trees.csv'], ...lie }]))).rejects.toMatchObject(refused('NOT_AN_ARCHIVE'));
  });

  it.each<[string, ZipEntry]>([
    ['a file that its directory does not list', { name: 'x.csv', content: 'x', listedAs: null }],
    ['a file that its directory calls otherwise', { name: 'x.csv', content: 'x', listedAs: '._x' }],
  ])('refuses %s, wherever it lies', async (_what, hidden) => {
    const files = Object.entries(D1).map(([name, content]): ZipEntry => ({ name, content }));
    for (let at = 0; at <= files.length; at += 1)
      await expect(draw(zip(files.toSpliced(at, 0, hidden)))).rejects.toMatchObject(refused('NOT_AN_ARCHIVE'));
  });

  it('refuses entries that claim the same bytes, and an archive that unpacks to far more than it is', async () => {
    const rows = Buffer.alloc(5 * 1024 ** 2, 'a,b,c,d\n');
    const overlapping = zip([
      { name: 'trees.csv', content: rows, method: STORED },
      { name: 'picks.csv', content: rows, method: STORED, at: 0 },
      { name: 'workers.csv', at: 0 },
    ]);
    const shared = Buffer.concat([overlapping.subarray(0, rows.length + 39), overlapping.subarray(2 * rows.length + 78)]);
    await expect(draw(shared)).rejects.toMatchObject(refused('NOT_AN_ARCHIVE'));
    const bomb = zipOf({ ...D1, 'trees.csv': Buffer.alloc(80 * 1024 ** 2, 'a,b,c,d\n') });
    await expect(draw(bomb)).rejects.toMatchObject(refused('LIMIT_EXCEEDED'));
  });

  it.each([
    ['compressed_bytes', 100],
    ['uncompressed_bytes', 100],
    ['members', 2],
  ])('keeps to the limit %s', async (limit, value) => {
    await expect(draw(zipOf(D1), { ...ORCHARD, limits: { [limit]: value } })).rejects.toMatchObject(refused('LIMIT_EXCEEDED'));
  });

  it.each([
    ['cut off', () => zipOf(D1).subarray(0, -20)],
    ['followed by garbage', () => Buffer.concat([zipOf(D1), Buffer.from('garbage')])],
    ['packed by something else', () => Buffer.from('BZh91AY&SY')],
  ])('takes one that is %s for no archive', async (_what, archive) => {
    await expect(draw(archive())).rejects.toMatchObject(refused('NOT_AN_ARCHIVE'));
  });

  it('takes one of nothing for empty', async () => {
    await expect(draw(zip([]))).rejects.toMatchObject(refused('EMPTY_ARCHIVE'));
  });

  it('unpacks files of an archive that are packed by gzip, and none that are packed otherwise', async () => {
    const { 'trees.csv': trees = '', ...rest } = D1;
    const plain = await draw(await tgz(D1));
    const packed = await draw(await tgz({ 'trees.csv.gz': gzipSync(trees), ...rest }));
    expect(packed[0]).toEqual(plain[0]);
    await drops.put('client/dd/f1.csv', zipOf(D1));
    await expect(drops.draw(READING)).rejects.toMatchObject({ details: { finding: 'NOT_AN_ARCHIVE', member: 'f1.csv' } });
  });

  it('leaves a drop that changed since it was listed for another try', async () => {
    await drops.put(D1_KEY, zipOf(D1));
    const [unit] = await drops.units(ORCHARD);
    await drops.put(D1_KEY, zipOf({ ...D1, 'workers.csv': (D1['workers.csv'] ?? '').replace('W1', 'W9') }));
    await expect(drops.drawUnit(ORCHARD, unit?.token)).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
  });
});
