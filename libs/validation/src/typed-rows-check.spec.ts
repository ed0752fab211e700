import { RULES } from './rules/built-in';
import { parseRuleBook } from './rule-book/rule-book';
import type { References, Row } from './rule';
import { TypedRowsCheck } from './typed-rows-check';

const NOTHING: References = { findMissing: () => Promise.resolve(new Set()) };
const COLUMNS = ['id', 'weight', 'site'];

async function messages(
  rules: readonly object[],
  rows: readonly Row[],
  references: References = NOTHING,
): Promise<Record<number, string[]>> {
  const book = parseRuleBook({ tables: { Visit: { rules } } }, RULES);
  const check = new TypedRowsCheck({ name: 'Visit', columns: COLUMNS }, book.get('Visit') ?? [], references);
  rows.forEach((row, index) => check.row(row, index + 1));
  const found = await check.settle();
  return Object.fromEntries([...found].map(([row, findings]) => [row, findings.map(({ message }) => message)]));
}

describe('TypedRowsCheck', () => {
  it('names column and row, since there is no spreadsheet', async () => {
    const rules = [{ rule: 'range', column: 'weight', min: 1 }];
    expect(await messages(rules, [['1', '5', null], ['2', '-5', null]])).toEqual({ 2: ['Column weight of row 2 must be 1 or more'] }); // prettier-ignore
  });

  it('looks at a row without any value too', async () => {
    const rules = [{ rule: 'required', column: 'id' }, { rule: 'required', column: 'weight' }]; // prettier-ignore
    expect(await messages(rules, [[null, null, null]])).toEqual({
      1: ['Column id of row 1 must have a value', 'Column weight of row 1 must have a value'],
    });
  });

  it('tells what was looked up by the row that it was looked up for', async () => {
    const references: References = { findMissing: (_table, _column, values) => Promise.resolve(new Set(values.filter((v) => v === '9'))) };
    const rules = [{ rule: 'reference', column: 'site', references: { table: 'Sites', column: 'id' } }];
    expect(
      await messages(
        rules,
        [
          ['1', '1', '9'],
          ['2', '1', '8'],
          ['3', '1', '9'],
        ],
        references,
      ),
    ).toEqual({
      // prettier-ignore
      1: ['Column site of row 1 must be a id of Sites'],
      3: ['Column site of row 3 must be a id of Sites'],
    });
  });

  it('takes rows that the table holds for earlier ones where they count', async () => {
    const held = new Set(['["1","A"]']);
    const references: References = {
      ...NOTHING,
      findPresent: (_table, _columns, keys) => Promise.resolve(new Set(keys.filter((key) => held.has(key)))),
    };
    const rules = [{ rule: 'unique', columns: ['id', 'site'] }];
    const rows: Row[] = [['1', null, 'A'], ['1', null, 'B'], ['1', null, null], ['1', null, 'B']]; // prettier-ignore
    const refused = (row: number): string[] => [`Column id of row ${row} repeats id and site of an earlier row`];
    expect(await messages(rules, rows, references)).toEqual({ 1: refused(1), 4: refused(4) });
    expect(await messages(rules, rows)).toEqual({ 4: refused(4) });
  });

  it('refuses rules for columns that the table lacks', () => {
    const book = parseRuleBook({ tables: { Visit: { rules: [{ rule: 'required', column: 'height' }] } } }, RULES);
    expect(() => new TypedRowsCheck({ name: 'Visit', columns: COLUMNS }, book.get('Visit') ?? [], NOTHING)).toThrow(
      'do not fit table Visit: required names "height"',
    );
  });
});
