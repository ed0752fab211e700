import { z } from 'zod';
import { defineRule } from '../rule';

/** One of the listed texts, exactly. */
export const choicesRule = defineRule({
  name: 'choices',
  config: z.strictObject({ column: z.string(), choices: z.array(z.union([z.string(), z.number()])).min(1) }),
  columns: ({ column }) => [column],
  message: ({ choices }) => `{place} must be one of ${choices.join(', ')}`,
  compile: ({ column, choices }, context) => {
    const allowed = new Set(choices.map(String));
    return [{ kind: 'value', column: context.indexOf(column), accepts: (value) => allowed.has(value) }];
  },
});
