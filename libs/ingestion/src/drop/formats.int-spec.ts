import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { D1, D1_KEY, DropHarness, ORCHARD, READING, tgz } from '../../test/drop-harness';

const refused = (finding: string, place: object = {}) => ({ code: 'source-data-invalid', details: { finding, ...place } });

describe('DropSource over other formats', () => {
  let drops: DropHarness;
  beforeEach(async () => {
    drops = await DropHarness.start();
  });
  afterEach(() => drops.stop());

  const FILES = { ...READING, delim: undefined, doc: 'f[.].*' };
  const draw = async (name: string, content: string | Buffer, keys: object = {}) => {
    await drops.put(`client/dd/${name}`, content);
    const drawn = await drops.draw({ ...FILES, ...keys });
    await rm(join(drops.root, 'drops/client/dd', name));
    return drawn;
  };
  const rows = async (...file: Parameters<typeof draw>) => (await draw(...file))[0]?.text.replace(/^.*\n/, '');

  it.each([
    ['f.tsv', 'x\ty\tz\n1\ta,b\t"c\td"\n', '1,"a,b","c\td"\n'],
    ['f.tsv.gz', gzipSync('x\ty\tz\n1\t2\t3\n'), '1,2,3\n'],
    ['f.ndjson', '{"c":3,"a":"x"}\n\n{"b":null,"a":"NA","c":""}\n{"b":"q\\"\\n","c":-0.10,"z":1}\n', '"x",,"3"\n,,\n,"q""\n","-0.10"\n'],
    ['f.jsonl.gz', gzipSync('{"a":1,"b":2,"c":true}'), '"1","2","true"\n'],
    [
      'f.json',
      '\ufeff [ {"a":12345678901234567890,"b":[1, 1.0],"c":{"k":"}"}} , {"a":"é"} ]\n',
      '"12345678901234567890","[1,1.0]","{""k"":""}""}"\n"é",,\n',
    ],
    ['f.json', '{"a":1,"b":"\\\\","c":"\\""}{"a":2}', '"1","\\",""""\n"2",,\n'],
  ])('reads %s as %j says', async (name, content, expected) => {
    expect(await rows(name, content)).toBe(expected);
  });

  it('goes by the configured format before the name, and tells lines of what is checked later', async () => {
    const keys = { format: 'ndjson', dtype_dic_ints: ['a'] };
    expect(await rows('f.txt', '{"a":1,"b":2,"c":3}\n\n{"a":4}\n', keys)).toBe('"1","2","3",1\n"4",,,3\n');
  });

  it('cuts JSON into the same objects however its bytes are cut', async () => {
    const objects = Array.from({ length: 20_000 }, (_, index) => ({ a: index, b: `"\\é}{${'x'.repeat(index % 70)}`, c: [{ d: ']' }] }));
    expect(await rows('f.json', JSON.stringify(objects))).toBe(
      await rows('f.ndjson', objects.map((object) => JSON.stringify(object)).join('\n')),
    );
  });

  it.each([
    ['{"a":1,"b":2}\n{"a":1}', 'TOO_FEW_COLUMNS', { column: 'c' }],
    ['{"a":1,"b":2,"c":3}\n{"a":01}', 'MALFORMED_JSON', { line: 2 }],
    ['[{"a":1,"b":2,"c":3}', 'MALFORMED_JSON', { line: 1 }],
    ['[{"a":1} {"a":2}]', 'MALFORMED_JSON', {}],
    ['[{"a":1},]', 'MALFORMED_JSON', {}],
    ['{"a":1}\n[]', 'MALFORMED_JSON', { line: 2 }],
    ['[1,2]', 'MALFORMED_JSON', {}],
    ['<html>', 'MALFORMED_JSON', {}],
    ['{"a":"\\u0000","b":2,"c":3}', 'BAD_ENCODING', { line: 1 }],
    ['{"a":"\\ud800","b":2,"c":3}', 'BAD_ENCODING', { line: 1 }],
    [Buffer.from('{"a":"\xff"}', 'latin1'), 'BAD_ENCODING', { line: 1 }],
    ['', 'EMPTY_MEMBER', {}],
    ['\n \n', 'EMPTY_MEMBER', {}],
    ['[]', 'EMPTY_MEMBER', {}],
  ])('refuses %j as %s', async (content, finding, place) => {
    await expect(rows('f.json', content)).rejects.toMatchObject(refused(finding, { member: 'f.json', ...place }));
  });

  it('takes an empty list for a file without rows where that may be', async () => {
    expect(await draw('f.json', '[]', { header_only: 'load' })).toMatchObject([{ rows: 0 }, {}]);
  });

  it.each([
    ['row_bytes', 'f.json', '{"a":"0123456789","b":"0123456789","c":""}'],
    ['cell_bytes', 'f.json', '{"a":"01234567890123456789012345678901","b":"","c":""}'],
    ['cell_bytes', 'f.csv', 'x::y::z\n1::2::01234567890123456789012345678901'],
  ])('keeps to the limit %s in %s', async (limit, name, content) => {
    const keys = { limits: { [limit]: 30 }, ...(name === 'f.csv' && { delim: '::' }) };
    await expect(rows(name, content, keys)).rejects.toMatchObject(refused('LIMIT_EXCEEDED'));
  });

  describe('Parquet', () => {
    const parquet = async (select: string, options = ''): Promise<Buffer> => {
      const path = join(drops.root, 'written.parquet');
      const instance = await DuckDBInstance.create();
      const connection = await instance.connect();
      await connection.run(`copy (${select}) to '${path}' (format parquet${options})`);
      connection.closeSync();
      instance.closeSync();
      const bytes = await readFile(path);
      await rm(path);
      return bytes;
    };
    const THREE = `select i::varchar as b, i as a, 'x'::blob as c, {'y': [i]} as d, i as e from range(5000) r(i)`;

    it('is staged byte for byte, with what it says about itself', async () => {
      const bytes = await parquet(THREE, ', row_group_size 2048');
      const [part, last] = await draw('f.parquet', bytes);
      expect(part).toMatchObject({
        rows: 5000,
        columns: ['b', 'a', 'c', 'd', 'e'],
        types: ['string', 'string', 'bytes', 'string', 'string'],
      });
      expect(part?.text).toBe(bytes.toString());
      expect(last?.watermark).toMatchObject({ drop: { members: [{ name: 'f.parquet', rows: 5000, bytes: bytes.length }] } });
    });

    it('lies in archives beside other formats', async () => {
      const { 'picks.csv': picks = '', 'workers.csv': workers = '' } = D1;
      const trees = await parquet(`select '001' as tree_id, 'Plum' as species, true as alive, 'N1' as row_code`);
      await drops.put(D1_KEY, await tgz({ 'trees.parquet': trees, 'picks.csv': picks, 'workers.csv': workers }));
      const parts = await drops.draw(ORCHARD);
      expect(parts.map(({ stream, rows: count }) => [stream, count])).toEqual([
        ['member-0', 1],
        ['member-1', 2],
        ['member-2', 2],
        ['drop', 3],
      ]);
      expect(await drops.draw(ORCHARD, parts[0]?.token ?? null)).toEqual(parts.slice(1));
    });

    it.each([
      ['a column that is not there', 'select 1 as a, 2 as b', 'TOO_FEW_COLUMNS', { column: 'c' }],
      ['a nested column', 'select 1 as a, 2 as b, [3] as c', 'BAD_VALUE', { column: 'c' }],
      ['columns that differ in letter case', 'select 1 as a, 2 as b, 3 as c, 4 as "Á", 5 as "á"', 'MALFORMED_PARQUET', {}],
      ['no rows', 'select 1 as a, 2 as b, 3 as c where false', 'EMPTY_MEMBER', {}],
      ['far more rows than bytes', 'select 1 as a, 2 as b, 3 as c from range(30_000_000)', 'LIMIT_EXCEEDED', {}],
    ])('is refused with %s', async (_what, select, finding, place) => {
      await expect(draw('f.parquet', await parquet(select))).rejects.toMatchObject(refused(finding, { member: 'f.parquet', ...place }));
    });

    it('is refused when it is cut off, damaged at its end, or something else', async () => {
      const bytes = await parquet(THREE);
      const damaged = Buffer.from(bytes).fill(0xff, bytes.length - 400, bytes.length - 8);
      const long = Buffer.from(bytes);
      long.writeUInt32LE(0x7fffffff, long.length - 8);
      for (const [content, finding] of [
        [bytes.subarray(0, -9), 'MALFORMED_PARQUET'],
        [damaged, 'MALFORMED_PARQUET'],
        [Buffer.from('a,b,c\n'), 'MALFORMED_PARQUET'],
        [long, 'LIMIT_EXCEEDED'],
        [Buffer.alloc(0), 'EMPTY_MEMBER'],
      ] as const)
        await expect(draw('f.parquet', content)).rejects.toMatchObject(refused(finding));
    });
  });
});
