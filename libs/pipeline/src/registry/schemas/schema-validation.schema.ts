import { tableSchemaSchema } from '@app/validation';
import { z } from 'zod';

const written = z.record(z.string(), z.unknown()).superRefine((schema, context) => {
  for (const { path, message } of tableSchemaSchema.safeParse(schema).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});
const reference = z.union([z.string().min(1), written]);

/** What a pipeline says of schemas: the name of a registered one (its latest version), or one written out. */
export const schemaValidationSchema = z.strictObject({
  input: reference.optional().describe('Schema of the rows that the source brings, before the transform.'),
  output: reference.optional().describe('Schema of the rows that the transform makes.'),
  strict: z.boolean().default(false).describe('Fails the run instead of mending and counting.'),
  allow_extra_columns: z.boolean().default(true).describe('Keeps columns that the schema does not list.'),
});
export type SchemaValidationConfig = z.output<typeof schemaValidationSchema>;
