import { check, messages, table } from '../../test/check';

const SITES = table('Sites', { siteId: 'bigint', ctsaId: 'bigint', siteName: 'character varying' });
const CTSAS = table('CTSAs', { ctsaId: 'bigint', ctsaName: 'character varying' });
const STUDY_SITES = table('StudySites', { ProposalID: 'bigint', siteId: 'bigint', siteName: 'character varying', startedOn: 'date' });
const PLAIN = table('plain', { a: 'character varying', b: 'bigint', c: 'date', d: 'boolean', e: 'double precision' });
const NOT_A_DATE = 'must be a date in the format MM-DD-YYYY or MM/DD/YYYY)';

describe('The rules of every upload', () => {
  it('lists every repetition of a header, and nothing else (V1)', async () => {
    expect(await messages(PLAIN, ['a', 'b', 'a', 'a', 'unknown'], [['x', 'no number']])).toEqual([
      "Duplicate header(s) in upload ['a', 'a']",
    ]);
  });

  it('lists headers that are additional columns too (V2)', async () => {
    expect(await messages(PLAIN, ['a', 'b'], [], { constants: { b: '1', a: '1' } })).toEqual(["Duplicate header(s) in input ['a', 'b']"]);
  });

  it('lists undefined headers, then undefined additional columns, with suggestions (V3, V16)', async () => {
    expect(await messages(SITES, ['siteID', 'hub', 'SITEID'], [], { constants: { sitename: '' } })).toEqual([
      'Undefined header siteID. Did you mean siteId?',
      'Undefined header hub',
      'Undefined header SITEID',
      'Undefined header sitename. Did you mean siteName?',
    ]);
  });

  it.each([
    ['V4', ['a', 'b'], [['x', '1'], ['x', '-4'], ['x', '1.0']], ['Cell B5 must be a natural number']], // prettier-ignore
    ['V5', ['c'], [['2020-01-02'], ['1/2/2020'], ['02-30-2020']], [`Cell A3 ${NOT_A_DATE}`, `Cell A5 ${NOT_A_DATE}`]], // prettier-ignore
    ['V6', ['d'], [['1'], ['YES']], ['Cell A3 must be a true or false value']],
    ['V7', ['e'], [['1,5'], ['1.5']], ['Cell A3 must be a decimal number']],
    ['V11', ['a', 'b', 'c'], [['x', 'x', '1'], ['x', '1', '2']], ['Cell B3 must be a natural number', `Cell C3 ${NOT_A_DATE}`, `Cell C4 ${NOT_A_DATE}`]], // prettier-ignore
  ])('checks cells by the type of their column, row by row (%s)', async (_case, header, rows, expected) => {
    expect(await messages(PLAIN, header, rows)).toEqual(expected);
  });

  it('names column 28 AB (V12)', async () => {
    const wide = table('wide', Object.fromEntries(Array.from({ length: 28 }, (_, index) => [`c${index}`, 'bigint'])));
    const row = wide.columns.map((_, index) => (index === 27 ? 'x' : '1'));
    expect(await messages(wide, wide.columns.map(({ name }) => name), [row])).toEqual(['Cell AB3 must be a natural number']); // prettier-ignore
  });

  it('reports blanks of CTSAs, and of study sites with fewer than four columns, of other tables none (V8, V9)', async () => {
    expect(await messages(CTSAS, ['ctsaId', 'ctsaName'], [['7', '']])).toEqual(['Cell B3 is blank']);
    expect(await messages(SITES, ['siteId', 'ctsaId', 'siteName'], [['7', '', '']])).toEqual([]);
    expect(await messages(STUDY_SITES, ['ProposalID', 'siteId', 'siteName'], [['5', '', 'x']])).toEqual(['Cell B3 is blank']);
    expect(await messages(STUDY_SITES, ['ProposalID', 'siteId', 'siteName', 'startedOn'], [['5', '', 'x', '']])).toEqual([]);
  });

  it('answers study sites of two proposals with that alone, whatever else is wrong (V10)', async () => {
    const mismatch = ["For Study Sites uploads, ensure all proposal ID's match"];
    expect(await messages(STUDY_SITES, ['siteId', 'ProposalID'], [['x', '5'], ['y', '5'], ['z', '6'], ['1', '7']])).toEqual(mismatch); // prettier-ignore
    expect(await messages(STUDY_SITES, ['siteId', 'ProposalID', 'siteName', 'startedOn'], [['1', ''], ['1', '6']])).toEqual(mismatch); // prettier-ignore
    expect(await messages(STUDY_SITES, ['siteId'], [['1']], { constants: { ProposalID: '5' } })).toEqual([]);
  });

  it('ignores surplus cells that are empty, and refuses others (V13)', async () => {
    expect(await messages(PLAIN, ['a', 'b'], [['x', '1', '', '']])).toEqual([]);
    expect(await messages(PLAIN, ['a', 'b'], [['x', '1'], ['x', '1'], ['x', 'y', '', 'z']])).toEqual(['Cell B5 must be a natural number', 'Row 5 has 4 values, but the header has 2']); // prettier-ignore
  });

  it('skips rows without any value, but counts them (V14)', async () => {
    expect(await messages(CTSAS, ['ctsaId', 'ctsaName'], [[''], ['', '', ''], ['x', 'y'], ['']])).toEqual([
      'Cell A5 must be a natural number',
    ]);
  });

  it('demands a value in the key of a column update, also when it reads as null (V15)', async () => {
    const rows = [['', '1'], ['none', ''], ['x', '2']]; // prettier-ignore
    expect(await messages(PLAIN, ['a', 'b'], rows, { key: ['a', 'b'] })).toEqual([
      'Cell A3 must have a value',
      'Cell A4 must have a value',
      'Cell B4 must have a value',
    ]);
    expect(await messages(PLAIN, ['b'], [['1']], { key: ['a'], constants: { a: '' } })).toEqual(['Column a must have a value']);
  });

  it('answers a missing value where the table demands one with that alone', async () => {
    const strict = { ...PLAIN, columns: PLAIN.columns.map((column) => ({ ...column, isNullable: column.name !== 'b' })) };
    expect(await messages(strict, ['a', 'b', 'c'], [['x', '', 'no date'], ['x', '', '']])).toEqual(['Cell B3 must have a value']); // prettier-ignore
  });

  it('checks additional values like cells, once, and names their columns', async () => {
    expect(await messages(PLAIN, ['a'], [['x'], ['y']], { constants: { b: '1.0', c: '1/2/2020' } })).toEqual([
      'Column b must be a natural number',
    ]);
  });

  it('says where, never what', async () => {
    const { findings } = await check(PLAIN, ['b'], [['secret']]);
    expect(findings).toEqual([
      { rule: 'integer', severity: 'error', coordinates: 'A3', row: 3, column: 'b', message: 'Cell A3 must be a natural number' },
    ]);
  });

  it('keeps as many findings as asked, and counts all', async () => {
    const report = await check(
      PLAIN,
      ['b'],
      Array.from({ length: 5 }, () => ['x']),
      { findingLimit: 2 },
    );
    expect([report.errors, report.findings.map(({ coordinates }) => coordinates)]).toEqual([5, ['A3', 'A4']]);
  });
});
