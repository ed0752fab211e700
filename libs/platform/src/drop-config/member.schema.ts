import { z } from 'zod';
import { parseDatePattern } from './date-pattern';
import { encodingName } from './encoding-name';
import { accessLogKeys } from './access-log.schema';
import { isLinearPattern } from './linear-pattern';
import { isPythonPattern } from './python-pattern';

const text = z.string().min(1);
const name = text.max(127);
const constant = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const printable = /^[\x21-\x7e]$/;

/** How members are read: for all files of an archive, or for one. */
export const readingKeys = {
  format: z.enum(['csv', 'json', 'ndjson', 'parquet']).optional(),
  input_delim: text.refine((delim) => delim.length === 1 || isPythonPattern(delim), 'is not a regular expression').optional(),
  quote: z.string().regex(printable, 'must be one character').nullable().optional(),
  encoding: z
    .string()
    .refine((encoding) => encodingName(encoding) !== null, 'is not an encoding')
    .optional(),
  strip_quotes: z.boolean().optional(),
  no_header: z.boolean().optional(),
  check_header: z.boolean().optional(),
  header_only: z.enum(['load', 'reject']).optional(),
  na_values: z.array(z.string()).optional(),
  null_marker: z.string().min(1).nullable().optional(),
  blank_text: z.enum(['empty', 'null']).optional(),
  empty_files_ok: z.boolean().optional(),
  ...accessLogKeys,
};

const replacement = z
  .strictObject({
    field: name,
    old: z.union([text, z.number()]).transform(String),
    new: z.union([z.string(), z.number()]).transform(String),
    regex: z.boolean().default(false),
  })
  .refine(({ old, regex }) => !regex || isLinearPattern(old), {
    path: ['old'],
    message: 'is not a regular expression without look-around',
  });

const derived = z.union([
  z.strictObject({ column: name, from: name, split: text, index: z.int().nonnegative() }),
  z.strictObject({ column: name, value: constant.transform((value) => (value === null ? null : String(value))) }),
]);

/** What one file is and how its cells are shaped. */
export const shapingKeys = {
  dbtable: name,
  column_count: z.int().positive(),
  columns: z.array(name).min(1),
  dateformat: z
    .array(
      z.strictObject({
        field: name,
        format: text.refine((format) => parseDatePattern(format) !== null, 'has an unknown directive, or one twice'),
      }),
    )
    .default([]),
  dtype_dic_strings: z.array(name).default([]),
  dtype_dic_bools: z.array(name).default([]),
  dtype_dic_ints: z.array(name).default([]),
  dtype_dic_floats: z.array(name).default([]),
  column_string_limit: z.record(z.string(), z.int().positive()).default({}),
  drop_columns: z.array(name).default([]),
  add_columns: z
    .record(
      name,
      constant.transform((value) => (value === null ? null : String(value))),
    )
    .default({}),
  replace: z.array(replacement).default([]),
  replace_enabled: z.boolean().default(false),
  derive: z.array(derived).optional(),
};

type Shaped = z.output<z.ZodObject<typeof shapingKeys>>;

/** The checks that compare keys with one another need the lists and little else, so that they speak beside other faults. */
export const hasColumns = ({ value }: { readonly value: unknown }): boolean =>
  z.looseObject({ columns: z.array(z.string()) }).safeParse(value).success;

/** Finds columns that do not exist or exist twice. What is broken in itself was reported before, and is left out here. */
export function checkColumns(
  value: unknown,
  context: { addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void },
): void {
  const file = soundKeys(value);
  const { columns = [] } = file;
  const fault = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
  const known = (column: string | undefined, ...path: (string | number)[]): void => {
    if (column !== undefined && !columns.includes(column)) fault(path, 'names a column that is not among the columns');
  };
  if (file.column_count !== undefined && columns.length !== file.column_count)
    fault(['columns'], `has ${columns.length} names, but column_count is ${file.column_count}`);
  file.dateformat?.forEach(({ field }, index) => known(field, 'dateformat', index, 'field'));
  file.replace?.forEach(({ field }, index) => known(field, 'replace', index, 'field'));
  file.drop_columns?.forEach((column, index) => known(column, 'drop_columns', index));
  Object.keys(file.column_string_limit ?? {}).forEach((column) => known(column, 'column_string_limit', column));
  file.derive?.forEach((derive, index) => known('from' in derive ? derive.from : undefined, 'derive', index, 'from'));
  if (new Set(columns).size < columns.length) fault(['columns'], 'names a column twice');
  const kept = columns.filter((column) => !file.drop_columns?.includes(column));
  const made = [...Object.keys(file.add_columns ?? {}), ...(file.derive ?? []).map(({ column }) => column)];
  if (new Set([...kept, ...made]).size < new Set(kept).size + made.length) fault([], 'adds or derives a column that the table has already');
  if (kept.length + made.length === 0) fault(['drop_columns'], 'leaves no column');
}

/** The keys that are right in themselves. */
function soundKeys(value: unknown): Partial<Shaped> {
  const given = z.record(z.string(), z.unknown()).parse(value);
  const entries = Object.entries(shapingKeys).map(([key, schema]) => [key, schema.safeParse(given[key])] as const);
  return Object.fromEntries(entries.flatMap(([key, parsed]) => (parsed.success ? [[key, parsed.data]] : [])));
}
