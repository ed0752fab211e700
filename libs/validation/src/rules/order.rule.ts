import { z } from 'zod';
import { defineRule, type Row } from '../rule';

const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Two columns of one kind, the first never after the second: a start and an end, a part and its whole. Rows that lack one are left out. */
export const orderRule = defineRule({
  name: 'order',
  config: z.strictObject({ columns: z.tuple([z.string(), z.string()]) }),
  columns: ({ columns }) => columns,
  message: ({ columns: [first] }) => `{place} must not come before ${first}`,
  compile: ({ columns }, context) => {
    const [first, second] = [context.indexOf(columns[0]), context.indexOf(columns[1])];
    const accepts = (row: Row): boolean => {
      const [before, after] = [row[first] ?? null, row[second] ?? null];
      if (before === null || after === null) return true;
      // ISO dates are in the order of their texts.
      return NUMBER.test(before) && NUMBER.test(after) ? Number(before) <= Number(after) : before <= after;
    };
    return [{ kind: 'row', column: second, accepts }];
  },
});
