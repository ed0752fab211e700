import { check, messages, table } from '../../test/check';

const VISITS = table('visits', {
  id: 'bigint',
  site: 'bigint',
  kind: 'text',
  startedOn: 'date',
  endedOn: 'date',
  weight: 'double precision',
});
const found = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  rule: object,
  missing?: readonly string[],
): Promise<readonly string[]> => messages(VISITS, header, rows, { rules: [rule], missing });

describe('The rules that a rule file may name', () => {
  it.each([
    ['required', { column: 'kind' }, ['id', 'kind'], [['1', 'x'], ['2', ''], ['3', 'NA']], ['Cell B4 must have a value', 'Cell B5 must have a value']],
    ['range', { column: 'weight', min: 0, max: 10 }, ['weight'], [['0'], ['10'], ['10.5'], ['-1e3'], ['']], ['Cell A5 must lie between 0 and 10', 'Cell A6 must lie between 0 and 10']],
    ['range', { column: 'startedOn', min: '2020-02-01' }, ['startedOn'], [['2/1/2020'], ['1/31/2020']], ['Cell A4 must be 2020-02-01 or more']],
    ['range', { column: 'kind', max: 3 }, ['kind'], [['3'], ['four']], ['Cell A4 must be 3 or less']],
    ['choices', { column: 'kind', choices: [1, 'b'] }, ['kind'], [['1'], ['b'], ['B'], ['']], ['Cell A5 must be one of 1, b']],
    ['pattern', { column: 'kind', pattern: '[A-Z]|\\d{2}' }, ['kind'], [['A'], ['12'], ['AB'], ['123']], ['Cell A5 must be of the form [A-Z]|\\d{2}', 'Cell A6 must be of the form [A-Z]|\\d{2}']],
    ['pattern', { column: 'kind', pattern: 'x', description: 'an x' }, ['kind'], [['y']], ['Cell A3 must be an x']],
    ['unique', { columns: ['id', 'kind'] }, ['id', 'kind'], [['1', 'a'], ['1', 'b'], ['01', 'a'], ['', 'a'], ['', 'a']], ['Cell A5 repeats id and kind of an earlier row']],
    ['consistent', { column: 'kind', per: ['site'] }, ['site', 'kind'], [['1', 'a'], ['2', 'b'], ['1', 'b'], ['2', 'b']], ['Cell B5 differs from kind of an earlier row with the same site']],
    ['consistent', { column: 'site' }, ['site'], [['1'], ['1'], ['2']], ['Cell A5 differs from site of an earlier row']],
    ['order', { columns: ['startedOn', 'endedOn'] }, ['startedOn', 'endedOn'], [['1/2/2020', '1/2/2020'], ['12/31/2020', '1/1/2021'], ['1/3/2020', '1/2/2020'], ['1/1/2020', '']], ['Cell B5 must not come before startedOn']],
    ['order', { columns: ['site', 'id'] }, ['site', 'id'], [['9', '10'], ['10', '9']], ['Cell B4 must not come before site']],
  ])('%s %j', async (rule, config, header, rows, expected) => {
    expect(await found(header, rows, { rule, ...config })).toEqual(expected);
  }); // prettier-ignore

  it('refers to values of another table, in place among other findings', async () => {
    const rule = { rule: 'reference', column: 'site', references: { table: 'Sites', column: 'siteId' } };
    const rows = [['1', 'x'], ['9', 'y'], ['9', '1'], ['', '1']]; // prettier-ignore
    expect(await found(['site', 'id'], rows, rule, ['9'])).toEqual([
      'Cell B3 must be a natural number',
      'Cell A4 must be a siteId of Sites',
      'Cell B4 must be a natural number',
      'Cell A5 must be a siteId of Sites',
    ]);
  });

  it('checks additional columns too', async () => {
    const rules = [{ rule: 'range', column: 'weight', max: 1 }, { rule: 'reference', column: 'site', references: { table: 'Sites', column: 'siteId' } }]; // prettier-ignore
    expect(await messages(VISITS, ['id'], [['1'], ['2']], { rules, missing: ['9'], constants: { weight: '2', site: '9' } })).toEqual([
      'Column weight must be 1 or less',
      'Column site must be a siteId of Sites',
    ]);
  });

  it('tells warnings without refusing, under the id and in the words of the file', async () => {
    const rule = { rule: 'range', id: 'heavy', severity: 'warning', message: '{place} is unlikely', column: 'weight', max: 200 };
    expect(await check(VISITS, ['weight'], [['250']], { rules: [rule] })).toEqual({
      isValid: true,
      errors: 0,
      warnings: 1,
      findings: [{ rule: 'heavy', severity: 'warning', coordinates: 'A3', row: 3, column: 'weight', message: 'Cell A3 is unlikely' }],
    });
  });

  it('leaves uploads alone that lack a column of the rule, and refuses to pass when the table lacks it', async () => {
    expect(await found(['id'], [['1']], { rule: 'required', column: 'kind' })).toEqual([]);
    await expect(found(['id'], [['1']], { rule: 'required', column: 'knid' })).rejects.toThrow(/visits: required names "knid"/);
  });
});
