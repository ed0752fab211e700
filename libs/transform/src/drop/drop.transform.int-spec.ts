import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';
import { dropConfigSchema } from '@app/platform';
import { DuckDbEngine } from '../engines/duckdb/duckdb-engine';
import type { InputFile } from '../plan';
import type { StreamInput } from '../transform';
import { dropTransform } from './drop.transform';

const READING = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'dd',
  doc: 'f.*csv',
  dbtable: 'mart.reading',
  column_count: 3,
  columns: ['a', 'b', 'c'],
  truncate: false,
};

describe('dropTransform', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drop-transform-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The text that goes to the target, of rows as the source stages them. */
  async function load(
    rows: string,
    keys: object,
    header: readonly string[] | null = null,
    columns = ['a', 'b', 'c', 'source_line'],
    facts: object = {},
  ) {
    const path = join(folder, 'rows.csv');
    await writeFile(path, `${columns.join(',')}\n${rows}`);
    return loadFile({ path, format: 'csv', columns }, keys, header, facts);
  }

  async function loadFile(
    file: { path: string; format: 'csv' | 'parquet'; columns: readonly string[]; types?: StreamInput['types'] },
    keys: object,
    header: readonly string[] | null = null,
    facts: object = {},
  ) {
    const { signal } = new AbortController();
    const record = join(folder, 'drop.ndjson');
    await writeFile(record, `${JSON.stringify({ name: 'f1.csv', stream: 'member-0', header: JSON.stringify(header) })}\n`);
    const rows = { rows: 1, sha256: 'x', facts: { ...facts } };
    const stream = (name: string, { path, format, columns, types = new Map() }: Omit<typeof file, 'format'> & Pick<InputFile, 'format'>) =>
      [name, { stream: name, files: [{ path, format, columns, ...rows }], columns, types }] as const;
    const streams = new Map([
      stream('member-0', file),
      stream('drop', { path: record, format: 'ndjson', columns: ['name', 'stream', 'header'] }),
    ]);
    const context = { streams, workDir: folder, signal, table: null };
    const engine = new DuckDbEngine({ memoryLimitBytes: 256 * 1024 ** 2, threads: 1, spillRoot: folder, timeoutMs: 60_000 });
    const plan = await dropTransform.compile(dropConfigSchema.parse({ ...READING, ...keys }), context);
    const result = await engine.run(plan, context, folder, { signal, progress: () => undefined });
    const [table] = result.streamed;
    if (!table) throw new Error('nothing is streamed');
    const copied = engine.copyRows(table.source, table.table.columns, signal);
    const [bytes] = await Promise.all([text(copied.bytes), copied.done]);
    return { names: table.table.columns.map(({ name }) => name), text: bytes, table: table.table };
  }
  const shaped = async (rows: string, keys: object, header?: readonly string[]) => (await load(rows, keys, header)).text;

  it('F-65, F-67: keeps texts, makes blanks empty and the marker null', async () => {
    const rows = 'true,-,,2\n007,"say ""hi""",a|b,3\n';
    expect(await shaped(rows, {})).toBe('true,,""\n007,"say ""hi""",a|b\n');
  });

  it.each([
    ['F-57', { column_string_limit: { b: 3 } }, '1,abcdefgh,3,2\n', '1,abc,3\n'],
    ['F-58', { dtype_dic_ints: ['a'] }, '7,x,y,2\n,x,y,3\n', '7,x,y\n"",x,y\n'],
    ['F-59', { dtype_dic_bools: ['a'] }, 'TRUE,x,y,2\n0,x,y,3\n,x,y,4\n', 'true,x,y\nfalse,x,y\n"",x,y\n'],
    [
      'F-60',
      { dateformat: [{ field: 'c', format: '[%d/%b/%Y:%H:%M:%S %z]' }] },
      '1,2,[02/Jan/2025:03:04:05 -0800],2\n',
      '1,2,2025-01-02 03:04:05-08:00\n',
    ],
    [
      'F-61',
      { dateformat: [{ field: 'c', format: '%b %d, %Y %I:%M:%S %p' }] },
      '1,2,"Jan 2, 2025 3:04:05 PM",2\n',
      '1,2,2025-01-02 15:04:05\n',
    ],
    [
      'F-03',
      { dateformat: [{ field: 'c', format: '%Y-%m-%d %H:%M:%S.%f' }] },
      '1,2,2025-03-01 06:30:00.250,2\n',
      '1,2,2025-03-01 06:30:00.250000\n',
    ],
    [
      'F-19',
      { dateformat: [{ field: 'c', format: '%Y-%m-%d' }], blank_text: 'null' },
      '1,2,,2\n1,2,2024-02-29,3\n',
      '1,2,\n1,2,2024-02-29 00:00:00\n',
    ],
    [
      'F-62',
      { replace_enabled: true, replace: [{ field: 'b', old: ' (\\d):', new: ' 0\\1:', regex: true }] },
      '1,at 9:30,3,2\n',
      '1,at 09:30,3\n',
    ],
    ['F-62', { replace: [{ field: 'b', old: ' (\\d):', new: ' 0\\1:', regex: true }] }, '1,at 9:30,3,2\n', '1,at 9:30,3\n'],
  ])('%s: shapes cells (%#)', async (_id, keys, rows, expected) => {
    expect(await shaped(rows, keys)).toBe(expected);
  });

  it('F-56: drops columns and adds constants', async () => {
    const result = await load('1,2,3,2\n', { add_columns: { src: 'feed', n: null, k: 5 }, drop_columns: ['b'] });
    expect(result).toMatchObject({ names: ['a', 'c', 'src', 'n', 'k'], text: '1,3,feed,,5\n' });
  });

  it('F-03: derives a column, blank where there is nothing', async () => {
    const derive = [{ column: 'crew', from: 'b', split: ' - ', index: 1 }];
    expect(await shaped('1,Field - Ana - early,3,2\n2,no crew,3,3\n', { derive })).toBe('1,Field - Ana - early,3,Ana\n2,no crew,3,""\n');
    expect(await shaped('2,no crew,3,3\n', { derive, blank_text: 'null' })).toBe('2,no crew,3,\n');
  });

  it('finds declared types by the names of the file too', async () => {
    await expect(load('x,2,3,9\n', { dtype_dic_ints: ['own'] }, ['own', 'y', 'z'])).rejects.toThrow(/BAD_VALUE/);
  });

  it.each([
    ['F-18', { dateformat: [{ field: 'c', format: '%Y-%m-%d %H:%M:%S.%f' }] }, '1,2,2025-03-01 06:30:00,2\n', 'BAD_DATE', 'c'],
    ['a day no month has', { dateformat: [{ field: 'c', format: '%Y-%m-%d' }] }, '1,2,2025-02-30,2\n', 'BAD_DATE', 'c'],
    ['F-58', { dtype_dic_ints: ['a'] }, '1.5,2,3,2\n', 'BAD_VALUE', 'a'],
    ['F-59', { dtype_dic_bools: ['a'] }, 'yes,2,3,2\n', 'BAD_VALUE', 'a'],
    ['a float', { dtype_dic_floats: ['b'] }, '1,four,3,2\n', 'BAD_VALUE', 'b'],
  ])('%s: refuses by member, line and column, never by value', async (_id, keys, rows, finding, column) => {
    await expect(load(rows, keys)).rejects.toMatchObject({
      code: 'source-data-invalid',
      details: { finding, member: 'f1.csv', line: 2, column },
      message: expect.not.stringMatching(/2025|1\.5|yes|four/) as string,
    });
  });

  it('reads the columns of Parquet by name, values as PostgreSQL reads them, and refuses without a line', async () => {
    const path = join(folder, 'rows.parquet');
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    await connection.run(
      `copy (select 'x' as z, timestamp '2025-03-01 06:30:00.25' as c, 'NA' as b, '\\xff'::blob as a) to '${path}' (format parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    const file = { path, format: 'parquet' as const, columns: ['z', 'c', 'b', 'a'], types: new Map([['a', 'bytes' as const]]) };
    expect((await loadFile(file, {})).text).toBe('\\xff,"",2025-03-01 06:30:00.25\n');
    expect((await loadFile(file, { na_values: [], null_marker: null, blank_text: 'null' })).text).toBe('\\xff,NA,2025-03-01 06:30:00.25\n');
    await expect(loadFile(file, { dtype_dic_ints: ['c'] })).rejects.toMatchObject({
      details: { finding: 'BAD_VALUE', member: 'f1.csv', column: 'c' },
      message: 'BAD_VALUE: member f1.csv, column "c": it is no whole number.',
    });
  });

  it('leaves blanks to the target when no cell is the marker', async () => {
    const rows = 'NA,"",\n';
    const facts = { hasMarker: false };
    const columns = ['a', 'b', 'c'];
    expect(await load(rows, {}, null, columns, facts)).toMatchObject({ text: rows, table: { blankIsNull: true, nullIsBlank: true } });
    expect(await load(rows, { blank_text: 'null' }, null, columns, facts)).not.toHaveProperty('table.nullIsBlank');
    expect(await load(rows, {}, null, columns)).toMatchObject({ text: 'NA,"",""\n' });
    expect(await load(rows, {}, null, columns)).not.toHaveProperty('table.nullIsBlank');
  });

  it('passes files on untouched when there is nothing to do', async () => {
    const rows = 'NA,"",-\n';
    expect(await load(rows, { blank_text: 'null', null_marker: null }, null, ['a', 'b', 'c'])).toMatchObject({ text: rows });
  });
});
