import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { D1, D1_KEY, DropHarness, type Entry, ORCHARD, READING, tar, tgz } from '../../test/drop-harness';

const refused = (finding: string, place: object = {}) => ({
  code: 'source-data-invalid',
  retryable: false,
  details: { finding, ...place },
  message: expect.stringMatching(new RegExp(`^${finding}: `)) as string,
});
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('DropSource', () => {
  let drops: DropHarness;
  beforeEach(async () => {
    drops = await DropHarness.start();
  });
  afterEach(() => drops.stop());

  const orchard = async (files: Readonly<Record<string, string | Buffer>>, json: object = ORCHARD, ...more: Entry[]) => {
    await drops.put(D1_KEY, await tgz(files, ...more));
    return drops.draw(json);
  };
  const reading = async (content: string | Buffer, keys: object = {}) => {
    await drops.put('client/dd/f1.csv', content);
    return (await drops.draw({ ...READING, ...keys }))[0]?.text;
  };

  it('F-02, F-04: stages each file as its columns, cells as they are', async () => {
    const parts = await orchard(D1);
    expect(parts.map(({ stream, rows, text }) => [stream, rows, text])).toEqual([
      ['member-0', 2, '"tree_id","species","alive","row_code"\n001,Plum,true,N1\n002,"Pear|red",FALSE,\n'],
      ['member-1', 2, expect.stringContaining('P2,002,,no crew,2025-03-01 07:00:00.000\n')],
      ['member-2', 2, '"worker_id","name","badge"\nW1,"Jo ""J"" Roy",0042\nW2,Li\\Wei,-\n'],
      ['drop', 3, expect.any(String)],
    ]);
  });

  it('states bytes, rows and hashes of the drop and its files with the last part', async () => {
    const packed = await tgz(D1);
    const parts = await orchard(D1);
    expect(parts.at(-1)?.watermark).toMatchObject({
      drop: {
        sha256: sha256(packed),
        members: [{ name: 'trees.csv', rows: 2, bytes: D1['trees.csv']?.length, sha256: sha256(D1['trees.csv'] ?? '') }, {}, {}],
      },
    });
  });

  it('continues behind the parts that are staged', async () => {
    const parts = await orchard(D1);
    expect(await drops.draw(ORCHARD, parts[1]?.token ?? null)).toEqual(parts.slice(2));
  });

  it('F-10: finds what matches anywhere in the key, to its end', async () => {
    for (const key of ['x-orchard-export-1.tgz', '2025/orchard-export-2.tgz', 'orchard-export-3.tgz.part/x', 'orchard-export-4.tgz.sha256'])
      await drops.put(`client/orchard/${key}`, 'x');
    const units = await drops.units({ ...ORCHARD, doc: 'orchard-export.*tgz' });
    expect(units.map(({ name }) => name)).toEqual(['client/orchard/2025/orchard-export-2.tgz', 'client/orchard/x-orchard-export-1.tgz']);
  });

  it('F-63: leaves archives of file mode alone', async () => {
    for (const key of ['archive/f1.csv', 'archived_f2.csv', 'Archive/f3.csv']) await drops.put(`client/dd/${key}`, 'x');
    expect((await drops.units(READING)).map(({ name }) => name)).toEqual(['client/dd/Archive/f3.csv']);
  });

  it('F-09: lists the oldest first, by key within an instant, and leaves the youngest for later', async () => {
    const at = (time: string) => new Date(`2025-03-01T${time}:00Z`);
    await drops.put('client/dd/f-c.csv', 'x', at('09:00'));
    await drops.put('client/dd/f-b.csv', 'x', at('09:10'));
    await drops.put('client/dd/f-a.csv', 'x', at('09:10'));
    await drops.put('client/dd/f-d.csv', 'x', new Date());
    const units = await drops.units({ ...READING, stable_seconds: 3600 });
    expect(units.map(({ name }) => name.slice(-5, -4))).toEqual(['c', 'a', 'b']);
    expect(units.map(({ position }) => position)).toEqual([...units.map(({ position }) => position)].sort());
  });

  it('F-07: knows a drop by its content, whenever it was written', async () => {
    await drops.put(D1_KEY, 'one');
    const [first] = await drops.units(ORCHARD);
    await drops.put(D1_KEY, 'one', new Date('2025-04-01T00:00:00Z'));
    const [again] = await drops.units(ORCHARD);
    await drops.put(D1_KEY, 'two');
    const [other] = await drops.units(ORCHARD);
    expect(again?.id).toBe(first?.id);
    expect(other?.id).not.toBe(first?.id);
    expect(first?.token).toMatchObject({ etag: sha256('one'), sizeBytes: 3 });
  });

  it.each([
    ['F-11', 'picks.csv', '', refused('EMPTY_MEMBER', { member: 'picks.csv' })],
    ['F-12', 'picks.csv', '\n\n', refused('EMPTY_MEMBER', { member: 'picks.csv' })],
    ['F-14', 'trees.csv', 'a,b,c\n1,2,3\n', refused('TOO_FEW_COLUMNS', { member: 'trees.csv', line: 1 })],
    [
      'F-17',
      'trees.csv',
      Buffer.from('a,b,c,d\n1,2,3,4\n1,\xff,3,4\n', 'latin1'),
      refused('BAD_ENCODING', { member: 'trees.csv', line: 3 }),
    ],
  ])('%s: refuses %s', async (_id, name, content, refusal) => {
    await expect(orchard({ ...D1, [name]: content })).rejects.toMatchObject(refusal);
  });

  it('F-13: takes a header alone for a file without rows, unless it is to be refused', async () => {
    const files = { ...D1, 'trees.csv': 'a,b,c,d\n' };
    expect((await orchard(files))[0]).toMatchObject({ rows: 0, text: '"tree_id","species","alive","row_code"\n' });
    await expect(orchard(files, { ...ORCHARD, header_only: 'reject' })).rejects.toMatchObject(refused('EMPTY_MEMBER'));
  });

  it('F-15, F-16: adds missing cells and leaves surplus ones out', async () => {
    const [trees] = await orchard({ ...D1, 'trees.csv': 'a,b,c,d,e,f\r\n1,2,3,4,5,6\r\n1,2\r\n\r\n1,2,3,4,5,6,7' });
    expect(trees?.text).toBe('"tree_id","species","alive","row_code"\n1,2,3,4\n1,2,,\n1,2,3,4\n');
  });

  it('F-21: misses a file that is not there, unless it may be', async () => {
    const files = Object.fromEntries(Object.entries(D1).filter(([name]) => name !== 'workers.csv'));
    await expect(orchard(files)).rejects.toMatchObject(refused('MISSING_MEMBER'));
    const workers = { ...ORCHARD.files.workers, required: false };
    const parts = await orchard(files, { ...ORCHARD, files: { ...ORCHARD.files, workers } });
    expect(parts.map(({ stream }) => stream)).toEqual(['member-0', 'member-1', 'drop']);
  });

  it('F-22, F-23: refuses unknown files unless they may be there, and never looks at those of other systems', async () => {
    const files = { ...D1, 'notes.csv': 'x', '._trees.csv': 'x' };
    await expect(orchard(files)).rejects.toMatchObject(refused('UNKNOWN_MEMBER', { member: 'notes.csv' }));
    expect(await orchard(files, { ...ORCHARD, unknown_members: 'ignore' })).toHaveLength(4);
  });

  it.each<[string, Entry, string]>([
    ['F-24: a way up', ['../trees.csv', 'x'], 'UNSAFE_PATH'],
    ['F-24: an absolute path', ['/etc/x.csv', 'x'], 'UNSAFE_PATH'],
    ['a drive', ['C:x.csv', 'x'], 'UNSAFE_PATH'],
    ['a backslash', ['..\\x.csv', 'x'], 'UNSAFE_PATH'],
    ['F-25: a symbolic link', ['trees.csv', '', { type: 'symlink', linkname: 'picks.csv' }], 'UNSAFE_ENTRY'],
    ['a hard link', ['trees.csv', '', { type: 'link', linkname: 'picks.csv' }], 'UNSAFE_ENTRY'],
    ['a device', ['trees.csv', '', { type: 'character-device' }], 'UNSAFE_ENTRY'],
    ['a queue', ['trees.csv', '', { type: 'fifo' }], 'UNSAFE_ENTRY'],
    ['a file twice', ['trees.txt', 'a,b,c,d\n'], 'DUPLICATE_MEMBER'],
    ['a long path', [`${'x/'.repeat(600)}trees.csv`, 'x'], 'LIMIT_EXCEEDED'],
  ])('refuses %s, and writes nothing', async (_what, entry, finding) => {
    await expect(orchard(D1, ORCHARD, entry)).rejects.toMatchObject(refused(finding));
    expect(await readdir(drops.root)).toEqual(['drops']);
  });

  it('takes a name for the same however its accents are written, and finds a name twice that no table is for', async () => {
    const files = { brücke: { ...ORCHARD.files.trees } };
    const config = { ...ORCHARD, files, unknown_members: 'ignore' };
    const trees = { ['brücke.csv'.normalize('NFD')]: D1['trees.csv'] ?? '' };
    expect((await orchard(trees, config)).map(({ stream, rows }) => [stream, rows])).toEqual([['member-0', 2], ['drop', 1]]); // prettier-ignore
    await expect(orchard(trees, config, ['brücke.csv', 'x'])).rejects.toMatchObject(refused('DUPLICATE_MEMBER'));
    await expect(orchard(trees, config, ['é', 'x'], ['é'.normalize('NFD'), 'x'])).rejects.toMatchObject(refused('DUPLICATE_MEMBER'));
  });

  it('F-26: stops an archive that unpacks to far more than it is', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 ** 2, '1\n'));
    await expect(orchard(D1, ORCHARD)).resolves.toHaveLength(4);
    await drops.put(D1_KEY, bomb);
    await expect(drops.draw(ORCHARD)).rejects.toMatchObject(refused('NOT_AN_ARCHIVE'));
    const files = { ...D1, 'trees.csv': Buffer.alloc(80 * 1024 ** 2, 'a,b,c,d\n') };
    await expect(orchard(files)).rejects.toMatchObject(refused('LIMIT_EXCEEDED'));
  });

  it.each([
    ['compressed_bytes', 100],
    ['uncompressed_bytes', 2000],
    ['members', 2],
    ['cell_bytes', 10],
    ['row_bytes', 20],
  ])('keeps to the limit %s', async (limit, value) => {
    await expect(orchard(D1, { ...ORCHARD, limits: { [limit]: value } })).rejects.toMatchObject(refused('LIMIT_EXCEEDED'));
  });

  it.each([
    ['text', () => Promise.resolve(Buffer.from('just text\n'.repeat(200)))],
    ['nothing', () => Promise.resolve(Buffer.alloc(0))],
    ['a gzip stream cut off', async () => (await tgz(D1)).subarray(0, -20)],
    ['a gzip stream with a wrong checksum', async () => spoilt(await tgz(D1), -6)],
    ['garbage behind it', async () => Buffer.concat([await tgz(D1), Buffer.from('garbage')])],
    ['a tar cut off', async () => (await tar(Object.entries(D1))).subarray(0, 1024)],
    ['a tar cut off within a file', async () => gzipSync((await tar(Object.entries(D1))).subarray(0, 530))],
  ])('F-27: takes %s for no archive', async (_what, content) => {
    await drops.put(D1_KEY, await content());
    await expect(drops.draw(ORCHARD)).rejects.toMatchObject(refused('NOT_AN_ARCHIVE'));
  });

  it('F-27: takes an archive of nothing for empty, and a tar without gzip for an archive', async () => {
    await expect(orchard({})).rejects.toMatchObject(refused('EMPTY_ARCHIVE'));
    await drops.put(D1_KEY, await tar(Object.entries(D1)));
    expect(await drops.draw(ORCHARD)).toHaveLength(4);
  });

  it('F-28: refuses files in folders, unless they may be there', async () => {
    const files = Object.fromEntries(Object.entries(D1).map(([name, content]) => [`export/${name}`, content]));
    await expect(orchard(files)).rejects.toMatchObject(refused('UNSAFE_PATH'));
    expect(await orchard(files, { ...ORCHARD, flatten: true })).toHaveLength(4);
  });

  it('F-37: compares the hash that was announced', async () => {
    await drops.put(`${D1_KEY}.sha256`, `${sha256('other')}  orchard-export-0301.tgz\n`);
    await expect(orchard(D1)).rejects.toMatchObject(refused('CHECKSUM_MISMATCH'));
    await drops.put(`${D1_KEY}.sha256`, `${sha256(await tgz(D1))}  orchard-export-0301.tgz\n`);
    expect(await orchard(D1)).toHaveLength(4);
  });

  const HEADER = '"a","b","c"\n';
  it.each([
    ['F-50', 'x,y,z\n1,hello,2025-01-02\n02,a|b,\n', {}, '1,hello,2025-01-02\n02,a|b,\n'],
    ['F-52', '1,q,w\n2,e,r', { no_header: true }, '1,q,w\n2,e,r\n'],
    ['F-53', Buffer.from('x,y,z\n1,\xe9,3\n', 'latin1'), { encoding: 'ISO-8859-1' }, '1,é,3\n'],
    ['F-54', 'x,y,z\n1,"he, said",3\n', { strip_quotes: true }, '1,he, said\n'],
    ['F-55', 'x,y,z\n1,"he said ""hi""",3\n', { strip_quotes: true }, '1,he said hi,3\n'],
    ['F-65', 'x,y,z\nNA,null,None\nna,"NA",-\n', {}, ',,\nna,,-\n'],
    ['F-65', 'x,y,z\nNA,null,None\n,"",-\n', { na_values: [''] }, 'NA,null,None\n,,-\n'],
    ['an empty text', 'x,y,z\n,"",1\n', { na_values: [] }, '"","",1\n'],
    ['a byte-order mark', '\ufeffx,y,z\n1,2,3\n', {}, '1,2,3\n'],
    ['quotes within', 'x,y,z\na"b, "c","d"e\n', {}, '"a""b"," ""c""","de"\n'],
    ['line breaks in quotes', 'x,y,z\n1,"a\nb",3\n \n4,5,6\n', {}, '1,"a\nb",3\n4,5,6\n'],
    ['old line ends', 'x,y,z\r1,2,3\r4,5,6\r', {}, '1,2,3\n4,5,6\n'],
    ['another delimiter', 'x|y|z\n1|a,b|"c|d"\n', { delim: '|' }, '1,"a,b","c|d"\n'],
    ['another quote', "x,y,z\n1,'a,''b',\"\n", { quote: "'" }, '1,"a,\'b",""""\n'],
    ['an expression', 'x::y::z\n1::NA::"\n', { delim: '::' }, '"1",,""""\n'],
    ['gzip', gzipSync('x,y,z\n1,2,3\n'), {}, '1,2,3\n'],
    ['lines for what is checked later', 'x,y,z\n\n1,"\n",3\n4,5,6\n', { dtype_dic_ints: ['a'] }, '1,"\n",3,3\n4,5,6,5\n'],
  ])('%s: reads %j', async (_id, content, keys, rows) => {
    const header = 'dtype_dic_ints' in keys ? '"a","b","c","source_line"\n' : HEADER;
    expect(await reading(content, keys)).toBe(`${header}${rows}`);
  });

  it.each([
    ['F-51', 'x,y,z\n', 'EMPTY_MEMBER', {}],
    ['F-53', Buffer.from('x,y,z\n1,\xe9,3\n', 'latin1'), 'BAD_ENCODING', { line: 2 }],
    ['F-66', 'x,y,z\n1,2,3\n1,"2,3\n', 'MALFORMED_CSV', { line: 3 }],
    ['a NUL', 'x,y,z\n1,\0,3\n', 'BAD_ENCODING', { line: 2 }],
  ])('%s: refuses %j', async (_id, content, finding, place) => {
    await expect(reading(content)).rejects.toMatchObject(refused(finding, { member: 'f1.csv', ...place }));
  });

  it('refuses a header with other names only when asked to look', async () => {
    expect(await reading('A,B,C\n1,2,3\n', { check_header: true })).toBe(`${HEADER}1,2,3\n`);
    await expect(reading('a,x,c\n1,2,3\n', { check_header: true })).rejects.toMatchObject(refused('BAD_VALUE', { line: 1, column: 'b' }));
  });

  it('reads the same however the bytes are cut', async () => {
    const rows = Array.from({ length: 60_000 }, (_, index) => `${index},"é ""${'x'.repeat(index % 50)}"",\n",3`).join('\r\n');
    expect(await reading(`x,y,z\r\n${rows}`)).toBe(`${HEADER}${rows.replaceAll('\r\n', '\n')}\n`);
  });
});

function spoilt(bytes: Buffer, at: number): Buffer {
  const index = bytes.length + at;
  bytes[index] = (bytes[index] ?? 0) ^ 0xff;
  return bytes;
}
