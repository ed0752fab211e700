import { z } from 'zod';
import { defineRule } from '../rule';

/** Values that some row of another table has. */
export const referenceRule = defineRule({
  name: 'reference',
  config: z.strictObject({ column: z.string(), references: z.strictObject({ table: z.string(), column: z.string() }) }),
  columns: ({ column }) => [column],
  message: ({ references }) => `{place} must be a ${references.column} of ${references.table}`,
  compile: ({ column, references: { table, column: target } }, context) => [
    { kind: 'lookup', column: context.indexOf(column), findRefused: (values) => context.references.findMissing(table, target, values) },
  ],
});
