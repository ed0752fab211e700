import { defineRule } from '../rule';
import { RULES } from '../rules/built-in';
import { z } from 'zod';
import type { DictionaryField } from './dictionary';
import { parseRuleBook } from './rule-book';

const field = (field_name: string, more: Partial<DictionaryField> = {}): DictionaryField => ({
  field_name,
  field_type: 'text',
  select_choices_or_calculations: '',
  text_validation_min: '',
  text_validation_max: '',
  ...more,
});
const DICTIONARY = [
  field('enrolled', { text_validation_min: '0', text_validation_max: '500' }),
  field('visited', { text_validation_min: '2020-01-01', text_validation_max: 'today' }),
  field('status', { field_type: 'radio', select_choices_or_calculations: '1, Open | 2, Closed, for good | 99, Unknown' }),
  field('note'),
];

describe('parseRuleBook', () => {
  it('takes limits and choices from the data dictionary', () => {
    const fromDictionary = { count: 'enrolled', on: 'visited', state: 'status', text: 'note' };
    const rules = parseRuleBook({ tables: { T: { fromDictionary } } }, RULES, DICTIONARY).get('T');
    expect(rules?.map(({ id, columns, message }) => [id, ...columns, message])).toEqual([
      ['range', 'count', '{place} must lie between 0 and 500'],
      ['range', 'on', '{place} must be 2020-01-01 or more'],
      ['choices', 'state', '{place} must be one of 1, 2, 99'],
    ]);
  });

  it('lists every fault at once', () => {
    const rules = [{ rule: 'rnage', column: 'a' }, { rule: 'range', column: 'a' }, { rule: 'pattern', column: 'a', pattern: '(' }, { rule: 'unique', columns: ['a'], colour: 'red' }]; // prettier-ignore
    const parse = (): unknown => parseRuleBook({ tables: { T: { fromDictionary: { a: 'gone' }, rules } } }, RULES, DICTIONARY);
    const paths = ['T.fromDictionary.a: the dictionary has no field gone', 'T.rules.0.rule: there is no rule rnage', 'T.rules.1: expected min, max or both', 'T.rules.2.pattern: expected a regular expression', 'T.rules.3: ']; // prettier-ignore
    expect(parse).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    for (const path of paths) expect(parse).toThrow(path);
    expect(() => parseRuleBook({ tabels: {} }, RULES)).toThrow(/tables: .*\n.*tabels/s);
  });

  it('knows a rule of a team as soon as it is in the list', () => {
    const even = defineRule({
      name: 'even',
      config: z.strictObject({ column: z.string() }),
      columns: ({ column }) => [column],
      message: () => '{place} must be even',
      compile: ({ column }, context) => [{ kind: 'value', column: context.indexOf(column), accepts: (value) => Number(value) % 2 === 0 }],
    });
    const book = parseRuleBook({ tables: { T: { rules: [{ rule: 'even', column: 'a' }] } } }, [...RULES, even]);
    expect(book.get('T')?.map(({ id, columns }) => [id, columns])).toEqual([['even', ['a']]]);
  });
});
