import { z } from 'zod';
import { defineRule, type Row } from '../rule';
import { keyOf, UNIQUE_KEY_LIMIT } from './unique.rule';

/**
 * Rows of an upload with the same values in `per` have the same value in `column`; without `per`, all rows have. Rows
 * that lack one of the values are left out. Keeps the first row's value of each group, of a million groups at most.
 */
export const consistentRule = defineRule({
  name: 'consistent',
  config: z.strictObject({ column: z.string(), per: z.array(z.string()).default([]) }),
  columns: ({ column, per }) => [column, ...per],
  message: ({ column, per }) =>
    `{place} differs from ${column} of an earlier row${per.length > 0 ? ` with the same ${per.join(' and ')}` : ''}`,
  compile: ({ column, per }, context) => {
    const index = context.indexOf(column);
    const group = per.map((name) => context.indexOf(name));
    const first = new Map<string, string>();
    const accepts = (row: Row): boolean => {
      const [key, value] = [keyOf(row, group), row[index] ?? null];
      if (key === null || value === null) return true;
      const expected = first.get(key);
      if (expected === undefined && first.size < UNIQUE_KEY_LIMIT) first.set(key, value);
      return expected === undefined || expected === value;
    };
    return [{ kind: 'row', column: index, accepts }];
  },
});
