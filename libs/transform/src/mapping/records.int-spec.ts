import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { mappingObject, PRIMARY, StudyBench } from '../testing/study.builder';

describe('base records and side files (DuckDB)', () => {
  let bench: StudyBench;
  beforeAll(async () => {
    bench = await StudyBench.create();
  });
  afterAll(() => bench.remove());

  const id = mappingObject('T', 'id', 'rid', 'int');

  it('T4: keeps the records of no repeating instrument or event', async () => {
    const repeat = (rid: string, instrument: string | null, instance: string | null) => ({
      rid,
      redcap_repeat_instrument: instrument,
      redcap_repeat_instance: instance,
    });
    const run = await bench.run({
      mapping: [id],
      parts: [[repeat('1', '', ''), repeat('2', 'visit', '1'), repeat('3', '', '2'), repeat('4', null, 'x')], [{ rid: '5' }]],
    });
    expect(run.lines('T')).toEqual(['1', '4', '5']);
    expect(run.population).toBe(3);
  });

  it('T4: takes every record of a project without repeating instruments', async () => {
    expect((await bench.run({ mapping: [id], parts: [[{ rid: '1' }]] })).population).toBe(1);
  });

  it('T5: trims the names of the investigator before anything looks at them', async () => {
    const run = await bench.run({
      mapping: [
        mappingObject('T', 'first', 'if pi_firstname="Omar" then "same" else "other"'),
        mappingObject('T', 'x', 'x'),
        mappingObject('T', 'raw', 'if x=" x " then "untrimmed" else "trimmed"'),
      ],
      parts: [[{ rid: '1', pi_firstname: ' Omar ', x: ' x ' }]],
    });
    expect(run.lines('T')).toEqual(['same,x,untrimmed']);
  });

  it('T6: joins an auxiliary file and reads its typed columns with a warning for what does not fit', async () => {
    const run = await bench.run({
      mapping: [id, mappingObject('T', 'weight', 'weight', 'float')],
      parts: [
        [
          { rid: '1', code: 'A' },
          { rid: '2', code: 'B' },
          { rid: '3', code: 'C' },
        ],
      ],
      auxiliary: { 'weights.csv': 'code,weight\nA,5\nC,5kg\n' },
    });
    expect(run.lines('T')).toEqual(['1,5.0', '2,', '3,']);
    expect(run.issues.map(({ column, count }) => [column, count])).toEqual([['weight', 1]]);
  });

  it('T6: takes an empty cell of an auxiliary file for null and a quoted one for the empty text', async () => {
    const run = await bench.run({
      mapping: [mappingObject('T', 'v', 'if note="" then "empty" else note/"nothing"')],
      parts: [
        [
          { rid: '1', code: 'A' },
          { rid: '2', code: 'B' },
        ],
      ],
      auxiliary: { 'notes.csv': '\uFEFFcode,note\n  \nA,\n\nB,""\n' },
    });
    expect(run.lines('T')).toEqual(['"nothing"', '"empty"']);
  });

  it('T7: multiplies a record that matches twice only where the added columns are used', async () => {
    const run = await bench.run({
      mapping: [mappingObject('X', 'id', 'rid'), mappingObject('X', 'w', 'weight'), mappingObject('Y', 'id', 'rid')],
      parts: [
        [
          { rid: '1', code: 'A' },
          { rid: '2', code: 'B' },
        ],
      ],
      auxiliary: { 'weights.csv': 'code,weight\nA,5\nA,6\n' },
    });
    expect(run.lines('X')).toEqual(['1,5', '1,6', '2,']);
    expect(run.lines('Y')).toEqual(['"1"', '"2"']);
  });

  it.each([
    ['int', '7', '0007', true],
    ['int', '7', '7.9', true],
    ['int', '7', ' 7', false],
    ['boolean', 'Y', 'true', true],
    ['date', '2020-2-3', '2020-02-03', true],
    ['date', '2020-2-3', '2020-2-3', false],
    ['text', '007', '7', false],
  ])('compares a key mapped as %s: %j with %j in a file', async (type, value, cell, matches) => {
    const run = await bench.run({
      mapping: [mappingObject('T', 'k', 'k', type), mappingObject('U', 'id', 'rid')],
      parts: [[{ rid: '1', k: value }]],
      filter: { f: `k\n${cell}\n` },
    });
    expect(run.lines('U')).toHaveLength(matches ? 1 : 0);
  });

  it('T8: keeps the records that a filter file names, each once', async () => {
    const parts = [[{ rid: '3' }, { rid: '4' }]];
    expect((await bench.run({ mapping: [id], parts, filter: { f: 'rid\n0003\n' } })).lines('T')).toEqual(['3']);
    expect((await bench.run({ mapping: [id], parts, filter: { f: 'rid\n0003\n0003\n' } })).lines('T')).toEqual(['3']);
  });

  it('T9: writes empty tables when a filter names no record', async () => {
    const run = await bench.run({ mapping: [id], parts: [[{ rid: '3' }]], filter: { f: 'rid\n9\n' } });
    expect(run.tables.map(({ table, rows }) => [table.name, rows])).toEqual([
      ['T', 0],
      ['name', 0],
    ]);
    expect(run.population).toBe(1);
  });

  it.each([
    ['T10: the same id twice', { rid: '7' }, 'rid\n7\n7\n', true],
    ['leading zeros of an int', { rid: '7' }, 'rid\n0007\n', true],
    ['a fraction of an int', { rid: '7' }, 'rid\n7.4\n', true],
    ['a text against an int', { rid: '7' }, 'rid\nabc\n', false],
    ['T11: a text against an id that did not cast', { rid: 'q' }, 'rid\nx\n', true],
    ['an unmapped text with zeros', { rid: '1', site: '007' }, 'site\n7\n', false],
    ['T12: null against null', { rid: '1', org: null, flag: 'y' }, 'org,flag\n,y\n', true],
    ['T12: null against the empty text', { rid: '1', org: '', flag: 'y' }, 'org,flag\n,y\n', false],
    ['the empty text against the empty text', { rid: '1', org: '', flag: 'y' }, 'org,flag\n"",y\n', true],
    ['a header only', { rid: '1' }, 'rid\n', false],
    ['one of two columns', { rid: '1', b: '2' }, 'rid,b\n1,3\n', false],
  ])('blocks by %s', async (_, record, file, removed) => {
    const run = await bench.run({ mapping: [id, mappingObject('U', 'v', 'v')], parts: [[{ v: 'x', ...record }]], block: { f: file } });
    expect(run.lines('U')).toHaveLength(removed ? 0 : 1);
  });

  it('T13: names the file and the column that the data lacks', async () => {
    const study = { mapping: [id], parts: [[{ rid: '1' }]] };
    await expect(bench.run({ ...study, block: { 'b.csv': 'rid,gone\n1,2\n' } })).rejects.toMatchObject({
      code: 'input-invalid',
      message: 'The block file "b.csv" has the column "gone", which the records do not have.',
    });
    await expect(bench.run({ ...study, auxiliary: { 'a.csv': 'gone\n1\n' } })).rejects.toThrow(
      'The auxiliary file "a.csv" has no column in common with the records.',
    );
  });

  it('T14: goes on without a folder that does not exist, with a warning', async () => {
    const run = await bench.run({ mapping: [id], parts: [[{ rid: '1' }]], config: { auxiliaryPath: `${bench.folder}/nowhere` } });
    expect(run.issues.map(({ rule }) => rule)).toEqual(['side-folder-missing']);
    expect(run.lines('T')).toEqual(['1']);
  });

  it.each([
    ['T15: a ragged row', 'rid,x\n1,2\n\n3\n', 'The auxiliary file "a.csv", line 4, has 1 cells, but the header has 2.'],
    ['an empty file', '', 'The auxiliary file "a.csv" is empty; it needs a header row.'],
    ['a repeated column', 'rid,rid\n', 'The auxiliary file "a.csv" has the column "rid" twice.'],
    ['an open quote', 'rid\n"1\n', 'The auxiliary file "a.csv" is not well-formed CSV (CSV_QUOTE_NOT_CLOSED'],
  ])('refuses %s', async (_, content, message) => {
    await expect(bench.run({ mapping: [id], parts: [[{ rid: '1' }]], auxiliary: { 'a.csv': content } })).rejects.toThrow(message);
  });

  it('takes a side file whose lines end in different ways', async () => {
    const block = { f: 'rid\r\n1\n"2"\n3\r4' };
    const run = await bench.run({ mapping: [id], parts: [['1', '2', '3', '4', '5'].map((rid) => ({ rid }))], block });
    expect(run.lines('T')).toEqual(['5']);
  });

  it('follows links to side files, of which a mounted volume consists', async () => {
    await writeFile(`${bench.folder}/withdrawn`, 'rid\n1\n');
    await mkdir(`${bench.folder}/mounted`);
    await symlink('../withdrawn', `${bench.folder}/mounted/withdrawn.csv`);
    const config = { blockPath: `${bench.folder}/mounted` };
    expect((await bench.run({ mapping: [id], parts: [[{ rid: '1' }, { rid: '2' }]], config })).lines('T')).toEqual(['2']);
    await symlink('../nowhere', `${bench.folder}/mounted/gone.csv`);
    await expect(bench.run({ mapping: [id], parts: [[{ rid: '1' }]], config })).rejects.toThrow(
      'The block file "gone.csv" cannot be read.',
    );
  });

  it('skips hidden side files and reads doubled quotes', async () => {
    const run = await bench.run({
      mapping: [id, mappingObject('T', 'w', 'w')],
      parts: [[{ rid: '1' }]],
      auxiliary: { '.hidden': 'x', _hidden: '', 'a.csv': 'rid,w\n1,"say ""so"""\n' },
    });
    expect(run.lines('T')).toEqual(['1,"say ""so"""']);
  });

  it('refuses records and a dictionary without the record id', async () => {
    await expect(bench.run({ mapping: [id], parts: [[{ other: '1' }]] })).rejects.toMatchObject({ code: 'source-data-invalid' });
    await expect(bench.run({ mapping: [id], parts: [[{ rid: '1' }]], dictionary: [{ field_name: 'other' }] })).rejects.toMatchObject({
      code: 'source-data-invalid',
    });
  });

  it('reports an extract without a record as a population of 0', async () => {
    expect((await bench.run({ mapping: [id], parts: [] })).population).toBe(0);
  });

  it('N16: gives equal tuples equal ids, in every table and in any order of records', async () => {
    const mapping = [
      ...['T', 'U'].flatMap((table) => [mappingObject(table, 'id', 'rid'), mappingObject(table, 'key', 'generate_ID(first,last)', 'int')]),
      mappingObject('V', 'key', 'generate_ID(first,last)'),
    ];
    const records = [
      { rid: '1', first: 'Omar', last: 'Said' },
      { rid: '2', first: 'Omar', last: 'Said' },
      { rid: '3', first: '', last: '' },
      { rid: '4', first: null, last: 'Said' },
    ];
    const run = await bench.run({ mapping, parts: [records] });
    const ids = run.lines('T')?.map((line) => line.split(',')[1]);
    expect(ids?.[0]).toMatch(/^\d{1,16}$/);
    expect(ids?.[1]).toBe(ids?.[0]);
    expect(ids?.[2]).toMatch(/^\d{1,16}$/);
    expect(ids?.[2]).not.toBe(ids?.[0]);
    expect(ids?.[3]).toBe('');
    expect(run.lines('U')).toEqual(run.lines('T'));
    expect(run.lines('V')?.[0]).toBe(`"${ids?.[0]}"`);
    const again = await bench.run({ mapping, parts: [records.slice(2), records.slice(0, 2)] });
    expect(again.lines('T')?.sort()).toEqual(run.lines('T')?.sort());
    expect(again.tables[0]?.fingerprint).toBe(run.tables[0]?.fingerprint);
  });

  it('does not confuse tuples whose joined texts are equal', async () => {
    const run = await bench.run({
      mapping: [mappingObject('T', 'key', 'generate_ID(a,b)', 'int')],
      parts: [
        [
          { rid: '1', a: 'x1', b: 'y' },
          { rid: '2', a: 'x', b: '1y' },
        ],
      ],
    });
    expect(new Set(run.lines('T')).size).toBe(2);
  });

  it('refuses ids that are ambiguous', async () => {
    const mapping = [
      mappingObject('T', 'key', 'generate_ID(rid)'),
      mappingObject('U', 'key', 'generate_ID(x)'),
      mappingObject('U', 'none', 'generate_ID()'),
    ];
    await expect(bench.run({ mapping, parts: [[{ rid: '1' }]] })).rejects.toMatchObject({
      faults: [
        'row 2 (U.key): "generate_ID(x)" differs from the expression of the same id in row 1 (T.key)',
        'row 3 (U.none): generate_ID needs at least one argument',
      ],
    });
    const nested = [mappingObject('T', 'x', 'generate_ID(rid)/y'), mappingObject('U', 'rid', 'generate_ID(rid)')];
    await expect(bench.run({ mapping: nested, parts: [[{ rid: '1' }]] })).rejects.toMatchObject({
      faults: [
        'row 2 (U.rid): the generated id has the name of a column of the data',
        'row 1 (T.x): in "generate_ID(rid)/y", generate_ID must be the whole expression',
      ],
    });
  });

  it('joins a table with keys to its ids', async () => {
    const run = await bench.run({
      mapping: [mappingObject('T', 'id', 'rid', 'int', PRIMARY), mappingObject('T', 'key', 'generate_ID(rid)', 'text')],
      parts: [[{ rid: '1' }, { rid: '2' }]],
    });
    expect(run.lines('T')?.map((line) => line.split(',')[0])).toEqual(['1', '2']);
  });
});
