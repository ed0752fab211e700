import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTableFiles } from '../engines/duckdb/table-files';
import { mappingObject, PRIMARY, type Study, StudyBench } from '../testing/study.builder';

describe('tables (DuckDB)', () => {
  let bench: StudyBench;
  beforeAll(async () => {
    bench = await StudyBench.create();
  });
  afterAll(() => bench.remove());

  const colours: Study = {
    mapping: [mappingObject('T', 'pid', 'rid', 'int', PRIMARY), mappingObject('T', 'opt', 'colour')],
    parts: [
      [
        { rid: '5', colour___1: '1', colour___2: '0', colour___9: '1' },
        { rid: '6', colour___1: '0', colour___2: '0', colour___9: '0' },
      ],
    ],
  };

  it('T16: keeps equal rows once, in order of first appearance', async () => {
    const parts = [
      [{ rid: '1', a: 'y', x: '1' }],
      [
        { rid: '2', a: 'x', x: '2' },
        { rid: '3', a: 'y', x: '3' },
      ],
    ];
    expect((await bench.run({ mapping: [mappingObject('T', 'a', 'a')], parts })).lines('T')).toEqual(['"y"', '"x"']);
  });

  it('keeps rows apart that differ before the conversion only', async () => {
    const parts = [
      [
        { rid: '1', a: 'n/a' },
        { rid: '2', a: '' },
        { rid: '3', a: null },
        { rid: '4', a: null },
      ],
    ];
    expect((await bench.run({ mapping: [mappingObject('T', 'a', 'a')], parts })).lines('T')).toEqual(['', '', '']);
  });

  it('keeps equal rows once in a table with the record id when records come twice', async () => {
    const parts = [
      [
        { rid: '1', a: 'x' },
        { rid: '2', a: 'x' },
      ],
      [
        { rid: '1', a: 'x' },
        { rid: '1', a: 'y' },
      ],
    ];
    const mapping = [mappingObject('T', 'id', 'rid'), mappingObject('T', 'a', 'a')];
    expect((await bench.run({ mapping, parts })).lines('T')).toEqual(['1,x', '2,x', '1,y']);
  });

  it('T17: gives one row per ticked choice', async () => {
    const run = await bench.run(colours);
    expect(run.columns('T')).toEqual(['pid', 'opt']);
    expect(run.lines('T')).toEqual(['5,colour___1', '5,colour___9']);
  });

  it('writes only the keys when the data has no checkbox column', async () => {
    const run = await bench.run({ ...colours, parts: [[{ rid: '5' }, { rid: '6' }]] });
    expect(run.columns('T')).toEqual(['pid']);
    expect(run.lines('T')).toEqual(['5', '6']);
  });

  it('T18: drops a record without a ticked choice, also from a table with other columns', async () => {
    const mapping = [mappingObject('T', 'note', 'note'), ...colours.mapping];
    const parts = [
      [
        { rid: '5', note: 'x', colour___1: '1' },
        { rid: '6', note: 'y', colour___1: '0' },
      ],
    ];
    const run = await bench.run({ mapping, parts });
    expect(run.columns('T')).toEqual(['pid', 'opt', 'note']);
    expect(run.lines('T')).toEqual(['5,colour___1,x']);
    const kept = await bench.run({ mapping, parts, config: { keepUnchecked: true } });
    expect(kept.lines('T')).toEqual(['5,colour___1,x', '6,,y']);
  });

  it('T19: counts only 1 as ticked', async () => {
    const parts = [['1', '0', '', 'true', null].map((value, index) => ({ rid: String(index), colour___1: value }))];
    expect((await bench.run({ ...colours, parts })).lines('T')).toEqual(['0,colour___1']);
  });

  it('T20: refuses tables with checkbox fields that cannot be unpivoted, all at once', async () => {
    const mapping = [
      mappingObject('T', 'pid', 'rid', 'int', PRIMARY),
      mappingObject('T', 'a', 'colour'),
      mappingObject('T', 'b', 'shape'),
      mappingObject('U', 'a', 'colour'),
      mappingObject('V', 'pid', 'rid/x', 'text', PRIMARY),
      mappingObject('V', 'a', 'colour'),
      mappingObject('W', 'pid', 'gone', 'text', PRIMARY),
      mappingObject('W', 'a', 'x/colour'),
    ];
    await expect(bench.run({ mapping, parts: [[{ rid: '1', colour___1: '1', shape___1: '1', x: '' }]] })).rejects.toMatchObject({
      code: 'mapping-invalid',
      faults: [
        'row 2 (T.a) and row 3 (T.b) are both checkbox fields; a table can hold one',
        'row 4 (U.a): a table with a checkbox field needs a key column (Primary = yes)',
        'row 5 (V.pid): the key of a table with a checkbox field must be a plain field',
        'row 8 (W.a): a checkbox field must be the whole expression, not part of "x/colour"',
        'row 7 (W.pid): the key field "gone" is not in the data',
      ],
    });
  });

  it('T21: lists reviewers by organization', async () => {
    const mapping = [mappingObject('T', 'id', 'rid')];
    const named = ['Kai Wu', 'Kai Wu', ''].map((name, index) => ({
      rid: String(index),
      reviewer_name_west: name,
      reviewer_name_east: null,
    }));
    expect((await bench.run({ mapping, parts: [named] })).lines('reviewer_organization')).toEqual(['Kai Wu,west']);
    expect((await bench.run({ mapping, parts: [[{ rid: '1' }]] })).lines('reviewer_organization')).toBeUndefined();
  });

  it('T22, T23: names the choices of the first field of a column, and the institutions', async () => {
    const run = await bench.run({
      mapping: [mappingObject('Paint', 'tone', 'hue/old_hue')],
      parts: [[{ rid: '1' }]],
      dictionary: [
        { field_name: 'rid' },
        { field_name: 'hue', select_choices_or_calculations: '1, Red | 2, Deep blue' },
        { field_name: 'old_hue', select_choices_or_calculations: '7, Grey' },
        { field_name: 'ctsa_14', field_label: 'Lake Hub' },
        { field_name: 'ctsa_x', field_label: 'no institution' },
      ],
    });
    expect(run.columns('name')).toEqual(['table', 'column', 'index', 'description', 'id']);
    expect(run.lines('name')).toEqual([
      'Paint,tone,1,Red,hue___1',
      'Paint,tone,2,Deep blue,hue___2',
      'Submitter,submitterInstitution,14,Lake Hub,org_name___14',
    ]);
  });

  it.each([
    ['T24: 1,Red | 2, Blue', '1,Red | 2, Blue', ['1,Red', '2,Blue'], 0],
    ['T25: x9, Red | 2, Blue', 'x9, Red | 2, Blue', ['2,Blue'], 1],
    ['commas in labels', '01, A, B & C |2,  D ', ['01,"A, B & C"', '2,D'], 0],
    ['an empty label', '1, Yes | 2, ', ['1,Yes', '2,'], 0],
    ['a formula', '[x]+[y]', [], 0],
  ])('reads the choices %s', async (_, choices, expected, issues) => {
    const dictionary = [
      { field_name: 'rid', select_choices_or_calculations: null },
      { field_name: 'hue', select_choices_or_calculations: choices },
    ];
    const run = await bench.run({ mapping: [mappingObject('P', 't', 'hue')], parts: [[{ rid: '1' }]], dictionary });
    expect(run.lines('name')).toEqual(expected.map((line) => `P,t,${line},hue___${line.split(',')[0]}`));
    expect(run.issues).toHaveLength(issues);
  });

  it('T26: reports what is unknown and what is missing, once and sorted', async () => {
    const mapping = [mappingObject('T', 'x', 'a'), mappingObject('T', 'y', 'a/b'), mappingObject('T', 'z', 'colour')];
    const run = await bench.run({
      mapping: [...mapping, mappingObject('T', 'k', 'rid', 'text', PRIMARY)],
      parts: [[{ rid: '1', a: '1', colour___1: '1', shape___1: '1', shape___2: '0', Z: '', y: '' }]],
    });
    expect(run.reports).toEqual({ unknown: ['Z', 'shape', 'y'], missing: ['b'] });
  });

  it('T27: writes table files and reports, replacing the folder as a whole', async () => {
    const fields = ['rid', 'a', 'b', 'c', 'd', 'e', 'f'];
    const types: Readonly<Record<string, string>> = { e: 'boolean', f: 'date' };
    const run = await bench.run({
      mapping: fields.map((field) => mappingObject('T', field.toUpperCase(), field, types[field])),
      parts: [[{ rid: '1', a: null, b: '', c: ' k ', d: '5" pipe, steel', e: 'no', f: '2020-1-2', g: 'a\rb' }]],
    });
    const outDir = join(bench.folder, 'files');
    for (let attempt = 0; attempt < 2; attempt += 1) await writeTableFiles(run, outDir, new AbortController().signal);
    expect(await readFile(join(outDir, 'tables', 'T'), 'utf8')).toBe('RID,A,B,C,D,E,F\n1,"","",k,"5"" pipe, steel",false,2020-01-02\n');
    expect(await readFile(join(outDir, 'tables', 'name'), 'utf8')).toBe('table,column,index,description,id\n');
    expect(await readFile(join(outDir, 'unknown'), 'utf8')).toBe('g\n');
    expect(await readFile(join(outDir, 'missing'), 'utf8')).toBe('');
    expect((await readdir(bench.folder)).filter((name) => name.startsWith('files'))).toEqual(['files']);
  });

  it('T28: keeps letters beyond ASCII, quotes and line ends', async () => {
    const values = ['Zoë', 'a\nb', 'a\rb', '\\.', 'say "so"', "O'Neil", '日本'];
    const parts = [values.map((a, index) => ({ rid: String(index), a }))];
    const run = await bench.run({ mapping: [mappingObject('T', 'a', 'a')], parts });
    const text = run.lines('T')?.join('\n');
    expect(text).toBe(values.map((value) => `"${value.replaceAll('"', '""')}"`).join('\n'));
  });

  it('L1: takes the null tokens for null in every column, or in text columns the empty text only', async () => {
    const tokens = ['', 'NA', 'n/a', ' None ', 'NULL', '.'];
    const parts = [tokens.map((a, index) => ({ rid: String(index), a, b: a }))];
    const mapping = [mappingObject('T', 'id', 'rid'), mappingObject('T', 'a', 'a'), mappingObject('T', 'b', 'b/""', 'date')];
    expect((await bench.run({ mapping, parts })).lines('T')).toEqual(tokens.map((_, index) => `${index},,`));
    const kept = await bench.run({ mapping, parts, config: { nullTokensInText: false } });
    expect(kept.lines('T')).toEqual(['0,,', '1,NA,', '2,n/a,', '3,None,', '4,NULL,', '5,.,']);
    expect(kept.issues).toEqual([]);
  });

  it('trims every character up to the space and no other', async () => {
    const parts = [[{ rid: '1', a: '\t\n\u0001 x\u00a0\u0000 ' }]];
    expect((await bench.run({ mapping: [mappingObject('T', 'a', 'a')], parts })).lines('T')).toEqual(['"x\u00a0"']);
  });

  it('keeps columns apart that differ in letter case only', async () => {
    const mapping = [mappingObject('T', 'Issue', 'a'), mappingObject('T', 'issue', 'b')];
    const run = await bench.run({ mapping, parts: [[{ rid: '1', a: '1', b: '2' }]] });
    expect(run.lines('T')).toEqual(['1,2']);
  });

  it('tells where every column comes from', async () => {
    const run = await bench.run({ ...colours, mapping: [...colours.mapping, mappingObject('T', 'x', 'rid/gone')] });
    expect(run.lineage.map(({ table, column, sources, expression }) => [table, column, sources, expression]).slice(0, 3)).toEqual([
      ['T', 'pid', ['rid'], 'rid'],
      ['T', 'x', ['rid', 'gone'], 'rid/gone'],
      ['T', 'opt', ['colour___1', 'colour___2', 'colour___9'], 'colour'],
    ]);
  });
});
