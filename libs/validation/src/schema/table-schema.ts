import type { ColumnType } from '@app/platform';
import { z } from 'zod';
import { schemaTypeOf } from './schema-type';

const columnSchema = z
  .strictObject({
    name: z.string().min(1).max(63),
    dtype: z.string().transform((name, context): ColumnType => {
      const type = schemaTypeOf(name);
      if (type !== null) return type;
      context.addIssue({ code: 'custom', message: 'expected string, integer, float, decimal, boolean, timestamp, date or json' });
      return z.NEVER;
    }),
    nullable: z.boolean().default(true),
    default: z.union([z.string(), z.number(), z.boolean(), z.null()]).default(null),
    description: z.string().nullable().default(null),
    renamed_from: z.string().min(1).nullable().default(null).describe('The name that this column had before.'),
  })
  .describe('A column; types may be given by any of their names.');

/** What a table holds, as people write it and as it is stored: types are canonical once it is parsed. */
export const tableSchemaSchema = z.strictObject({
  version: z.int32().positive().default(1),
  description: z.string().nullable().default(null),
  created_at: z.string().nullable().default(null),
  columns: z
    .array(columnSchema)
    .min(1)
    .superRefine((columns, context) => {
      const seen = new Set<string>();
      for (const [index, { name }] of columns.entries()) {
        if (seen.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'comes twice' });
        seen.add(name);
      }
    }),
});

export type TableSchema = z.output<typeof tableSchemaSchema>;
export type SchemaColumn = TableSchema['columns'][number];
