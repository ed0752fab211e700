import type { CatalogTable, ReadRequest } from '@app/persistence';
import { UploadRefusedError } from '@app/pipeline';
import { z } from 'zod';

const count = (name: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `${name} must be a whole number`)
    .transform(Number);

/** Parameters with other names are ignored: clients of the old system add their own. */
const querySchema = z.object({
  limit: count('limit').optional(),
  offset: count('offset').optional(),
  columns: z.string('columns must be a list of names with commas between').optional(),
  format: z.enum(['json', 'csv'], 'format must be json or csv').default('json'),
});

/** What of a table to read. @throws {UploadRefusedError} with everything that is wrong with the query */
export function toReadRequest(table: CatalogTable, query: unknown): ReadRequest {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) throw new UploadRefusedError(parsed.error.issues.map(({ message }) => message));
  const { limit = null, offset = 0, columns, format } = parsed.data;
  return { table, columns: columns === undefined ? table.columns : choose(table, columns.split(',')), format, limit, offset };
}

function choose(table: CatalogTable, names: readonly string[]): ReadRequest['columns'] {
  const unknown = names.filter((name) => !table.columns.some((column) => column.name === name));
  if (unknown.length > 0) throw new UploadRefusedError(unknown.map((name) => `Table ${table.name} has no column ${name}`));
  return table.columns.filter(({ name }) => names.includes(name)).sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}
