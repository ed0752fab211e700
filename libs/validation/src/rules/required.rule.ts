import { z } from 'zod';
import { defineRule } from '../rule';

/** A value in every row. */
export const requiredRule = defineRule({
  name: 'required',
  config: z.strictObject({ column: z.string() }),
  columns: ({ column }) => [column],
  message: () => '{place} must have a value',
  compile: ({ column }, context) => [{ kind: 'null', column: context.indexOf(column) }],
});
