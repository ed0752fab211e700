import { mappingObject, StudyBench } from '../testing/study.builder';

type Fields = Readonly<Record<string, string | null>>;

describe('mapping expressions (DuckDB)', () => {
  let bench: StudyBench;
  beforeAll(async () => {
    bench = await StudyBench.create();
  });
  afterAll(() => bench.remove());

  /**
   * The value of an expression in one record: the `COPY` text of its cell, where nothing is null. Whether it was the empty text
   * or null is seen by comparing it, since an output has no empty texts.
   */
  async function evaluate(
    expression: string,
    fields: Fields,
    type = 'text',
    types: Readonly<Record<string, string>> = {},
  ): Promise<string | undefined> {
    const typed = Object.entries(types).map(([field, fieldType]) => mappingObject('Types', field, field, fieldType));
    const run = await bench.run({ mapping: [mappingObject('T', 'v', expression, type), ...typed], parts: [[{ rid: '1', ...fields }]] });
    return run.lines('T')?.[0]?.replace(/^"(.*)"$/, '$1');
  }

  async function isEmptyText(expression: string, fields: Fields): Promise<boolean> {
    return (await evaluate(`if (${expression})="" then "empty" else "other"`, fields)) === 'empty';
  }

  it('D1: takes the first filled part', async () => {
    expect(await evaluate('p/q/r', { p: '', q: null, r: 'z' })).toBe('z');
  });

  it('D2: takes 0 and blanks for filled', async () => {
    expect(await evaluate('p/q', { p: '0', q: 'z' })).toBe('0');
    expect(await evaluate('if (p/q)=" " then "blank" else "other"', { p: ' ', q: 'z' })).toBe('blank');
  });

  it('D3: gives the last part unchanged when all are empty', async () => {
    expect(await isEmptyText('p/q', { p: '', q: '' })).toBe(true);
    expect(await isEmptyText('p/q', { p: null, q: '' })).toBe(true);
    expect(await isEmptyText('p/q', { p: '', q: null })).toBe(false);
  });

  it('D4: compares inside the right operand of a coalesce', async () => {
    expect(await evaluate('p/q="1"', { p: '', q: '1' })).toBe('true');
    expect(await evaluate('p/q="1"', { p: 'x', q: '1' })).toBe('x');
  });

  it.each([
    ['9', '1'],
    ['8', '0'],
    [null, '0'],
  ])('D5: decides for s=%j', async (s, expected) => {
    expect(await evaluate('if s="9" then "1" else "0"', { s })).toBe(expected);
  });

  it('D6: falls through to a condition', async () => {
    expect(await evaluate('w/if s="9" then "1" else "0"', { w: '', s: '9' })).toBe('1');
    expect(await evaluate('w/if s="9" then "1" else "0"', { w: '5', s: '9' })).toBe('5');
  });

  it('D7: leaves a cell empty that does not fit its type, with one warning that names the record', async () => {
    const run = await bench.run({
      mapping: [mappingObject('T', 'id', 'rid'), mappingObject('T', 'v', 'w/if s="9" then "1" else "0"', 'boolean')],
      parts: [
        [
          { rid: '41', w: '5', s: '9' },
          { rid: '42', w: 'n/a', s: '9' },
          { rid: '43', w: 'Off', s: '9' },
        ],
      ],
    });
    expect(run.lines('T')).toEqual(['41,', '42,', '43,false']);
    expect(run.issues).toEqual([
      {
        severity: 'warning',
        rule: 'value-not-converted',
        table: 'T',
        column: 'v',
        count: 1,
        message: 'T.v: 1 values could not be read as boolean and were left empty (records 41).',
      },
    ]);
  });

  it('D8: reads a date from a branch and N/A as nothing', async () => {
    const expression = 'if s="9" then day else "N/A"';
    expect(await evaluate(expression, { s: '8', day: '2022-05-06' }, 'date')).toBe('');
    expect(await evaluate(expression, { s: '9', day: '2022-05-06' }, 'date')).toBe('2022-05-06');
    expect(await evaluate(expression, { s: '9', day: '05/06/2022' }, 'date')).toBe('2022-05-06');
    expect(await evaluate(expression, { s: '9', day: '5-6-2022' }, 'date')).toBe('2022-05-06');
  });

  it('D9: leaves a column out that is not available', async () => {
    const run = await bench.run({ mapping: [mappingObject('T', 'id', 'rid'), mappingObject('T', 'v', 'n/a')], parts: [[{ rid: '1' }]] });
    expect(run.columns('T')).toEqual(['id']);
  });

  it('D9, D11: reports every expression that cannot be read, with row, table, column and text', async () => {
    const mapping = [mappingObject('T', 'a', 'n/ab'), mappingObject('T', 'b', 'rid'), mappingObject('U', 'c', 'generate_ID(p/q,r)')];
    await expect(bench.run({ mapping, parts: [[{ rid: '1' }]] })).rejects.toMatchObject({
      code: 'mapping-invalid',
      faults: [
        'row 1 (T.a): the expression "n/ab" cannot be read from character 4 on',
        'row 3 (U.c): the expression "generate_ID(p/q,r)" cannot be read from character 14 on',
      ],
    });
  });

  it('reports with them what shows only once the others are understood', async () => {
    const mapping = [
      mappingObject('T', 'a', 'a b'),
      mappingObject('T', 'b', 'if p then "1" else "0"'),
      mappingObject('T', 'c', 'generate_ID(p)/q'),
    ];
    await expect(bench.run({ mapping, parts: [[{ rid: '1' }]] })).rejects.toThrow(/row 1 \(T\.a\).*row 2 \(T\.b\).*row 3 \(T\.c\)/);
  });

  it('D10: takes N/A for two fields', async () => {
    expect(await evaluate('N/A', { N: '', A: 'x' })).toBe('x');
    expect(await evaluate('N/A', {})).toBeUndefined();
  });

  it('D11: accepts an operator in parentheses inside an id', async () => {
    expect(await evaluate('generate_ID((p/q),r)', { p: '', q: 'x', r: 'y' }, 'int')).toMatch(/^\d+$/);
  });

  it('D12: reads a field that begins with a word', async () => {
    expect(await evaluate('iffy', { iffy: 'x' })).toBe('x');
    expect(await evaluate(' p / q ', { p: '', q: 'x' })).toBe('x');
  });

  it('D13: compares by the type of the field', async () => {
    expect(await evaluate('k="7"', { k: '07' }, 'boolean', { k: 'int' })).toBe('true');
    expect(await evaluate('k="7"', { k: '07' }, 'boolean', { k: 'text' })).toBe('false');
    expect(await evaluate('k="YES"', { k: '1' }, 'boolean', { k: 'boolean' })).toBe('true');
    expect(await evaluate('k="2020-02-03"', { k: '2020-2-3' }, 'boolean', { k: 'date' })).toBe('true');
    expect(await evaluate('k="x"', { k: '1' }, 'boolean', { k: 'int' })).toBe('');
  });

  it('D14: takes a field that is not in the data for null and reports it', async () => {
    const run = await bench.run({ mapping: [mappingObject('T', 'v', 'gone/p')], parts: [[{ rid: '1', p: 'z' }]] });
    expect(run.lines('T')).toEqual(['"z"']);
    expect(run.reports).toEqual({ unknown: ['rid'], missing: ['gone'] });
  });

  it.each([
    ['a/b', undefined, ''],
    ['d/c', undefined, '7'],
    ['a/d', undefined, ''],
    ['if d="1" then c else "no"', undefined, 'no'],
    ['if c="7" then d else "no"', undefined, ''],
    ['c="07"', 'text', 'false'],
    ['c="07"', 'int', 'true'],
  ])('evaluates %s with c mapped as %s', async (expression, type, expected) => {
    expect(await evaluate(expression, { a: '', b: ' ', c: '7', d: null }, 'text', type ? { c: type } : {})).toBe(expected);
  });

  it('joins a boolean and a text as text', async () => {
    expect(await evaluate('if s="1" then k else "none of these"', { s: '1', k: 'Y' }, 'text', { k: 'boolean' })).toBe('true');
  });

  it('refuses a condition that is neither a comparison nor a boolean field', async () => {
    await expect(evaluate('if p then "1" else "0"', { p: '1' })).rejects.toMatchObject({
      faults: ['row 1 (T.v): in "if p then \\"1\\" else \\"0\\"", the condition of "if" must be a comparison or a field mapped as boolean'],
    });
    expect(await evaluate('if p then "1" else "0"', { p: 'Y' }, 'text', { p: 'boolean' })).toBe('1');
  });

  it('keeps fields apart that differ in letter case only', async () => {
    expect(await evaluate('if Ab="1" then ab else "no"', { Ab: '1', ab: 'lower' })).toBe('lower');
  });

  it('takes names apart, also of names and of typed fields', async () => {
    expect(await evaluate('extract_first_name(p/q)', { p: '', q: 'Maria Lopez' })).toBe('Maria');
    expect(await evaluate('extract_last_name extract_last_name p', { p: 'Maria Lopez' })).toBe('Lopez');
    expect(await evaluate('extract_last_name k', { k: '07' }, 'text', { k: 'int' })).toBe('7');
  });

  it('refuses a field with two types', async () => {
    await expect(evaluate('k', { k: '1' }, 'text', { k: 'int' })).rejects.toMatchObject({
      faults: ['row 2 (Types.k): the field "k" has another type in row 1 (T.v)'],
    });
  });
});
