import { RULES, parseRuleBook, TypedRowsCheck, type Finding } from '@app/validation';
import { stagedText } from '../../test/staged-text';
import { refusedRows, type RefusedRow } from './check-rows';
import { FindingTally } from './finding-tally';

const NEVER = new AbortController().signal;
const RULE_BOOK = parseRuleBook(
  { tables: { Visit: { rules: [{ rule: 'range', column: 'weight', min: 1 }, { rule: 'range', id: 'heavy', column: 'weight', max: 100, severity: 'warning' }, { rule: 'reference', column: 'site', references: { table: 'Sites', column: 'id' } }] } } }, // prettier-ignore
  RULES,
);

async function check(records: readonly string[], rows = records.length): Promise<{ refused: RefusedRow[]; tally: FindingTally }> {
  const references = { findMissing: (_t: string, _c: string, values: readonly string[]) => Promise.resolve(new Set(values.filter((v) => v === '9'))) }; // prettier-ignore
  const rules = new TypedRowsCheck({ name: 'Visit', columns: ['id', 'weight', 'site'] }, RULE_BOOK.get('Visit') ?? [], references);
  const tally = new FindingTally('Visit');
  const refused: RefusedRow[] = [];
  const staged = { ...stagedText('Visit', ['id', 'weight', 'site'], records), rows };
  for await (const group of refusedRows(staged, rules, (finding: Finding) => tally.add(finding), NEVER)) refused.push(...group);
  return { refused, tally };
}

describe('refusedRows', () => {
  it('finds every row that breaks a rule, with its values, across groups', async () => {
    const records = Array.from({ length: 2500 }, (_, index) => `${index + 1},70,1`);
    [records[0], records[999], records[1000], records[2499]] = ['1,-1,', '1000,"0",9', '1001,70,9', '2500,,"9"'];
    const { refused } = await check(records);
    expect(refused.map(({ row, values, errors }) => [row, values, errors.map(({ rule }) => rule)])).toEqual([
      [1, ['1', '-1', null], ['range']],
      [1000, ['1000', '0', '9'], ['range', 'reference']],
      [1001, ['1001', '70', '9'], ['reference']],
      [2500, ['2500', null, '9'], ['reference']],
    ]);
  });

  it('counts what it found, by rule and column, and refuses nothing for a warning', async () => {
    const { refused, tally } = await check(['1,200,1', '2,300,1', '3,0,1']);
    expect(refused.map(({ row }) => row)).toEqual([3]);
    expect(tally.issues('warning')).toEqual([
      { severity: 'warning', rule: 'heavy', table: 'Visit', column: 'weight', count: 2, message: 'Visit: Column weight of row 1 must be 100 or less (2 rows in all)' }, // prettier-ignore
    ]);
    expect(tally.issues('error', '; set aside').map(({ message }) => message)).toEqual(['Visit: Column weight of row 3 must be 1 or more; set aside']); // prettier-ignore
  });

  it('fails when the rows are not as many as were staged', async () => {
    await expect(check(['1,2,3'], 2)).rejects.toMatchObject({ code: 'staging-corrupt' });
  });
});
