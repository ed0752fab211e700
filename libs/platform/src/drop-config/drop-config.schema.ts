import { z } from 'zod';
import type { DropConfig } from './drop-config';
import { archiveConfig, fileConfig } from './drop-defaults';
import { dropLimitsSchema } from './drop-limits';
import { checkColumns, hasColumns, readingKeys, shapingKeys } from './member.schema';
import { isPythonPattern } from './python-pattern';

const text = z.string().min(1);
const folder = text.regex(/^[^/](.*[^/])?$/, 'neither begins nor ends with a slash');

const isTimeZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

const commonKeys = {
  mode: z.enum(['archive', 'file']).optional(),
  bucket: text,
  source: folder,
  destination: folder,
  directory: folder,
  doc: text.refine(isPythonPattern, 'is not a regular expression'),
  delim: text.refine((delim) => delim.length === 1 || isPythonPattern(delim), 'is not a regular expression').optional(),
  target: z
    .strictObject({ kind: z.enum(['redshift', 'postgres']).default('postgres'), connection: text.optional(), iam_role: text.optional() })
    .prefault({}),
  owner: text.nullable().optional(),
  grants: z
    .array(
      z.strictObject({
        privilege: z
          .string()
          .regex(/^[a-z]+$/i)
          .default('select'),
        to: text,
      }),
    )
    .optional(),
  on_bad: z.enum(['stop', 'continue']).default('stop'),
  run_atomic: z.boolean().default(false),
  limits: dropLimitsSchema.prefault({}),
  timezone: z.string().refine(isTimeZone, 'is not an IANA time zone').default('America/Vancouver'),
  stable_seconds: z.int().nonnegative().default(0),
  file_limit: z.int().nonnegative().default(0),
  post_sql: text.nullable().optional(),
  sql_query: text.optional(),
  ldb_sku: z.boolean().default(false),
};

/** Keys of the old template that nothing ever read. */
const unreadKeys = Object.fromEntries(
  [
    ...['dbschema', 'header', 'nested_delim', 'columns_metadata', 'columns_lookup', 'dbtables_dictionaries', 'dbtables_metadata', 'rename'],
    ...['schema_name', 'asset_host', 'asset_source'],
  ].map((key) => [key, z.unknown().optional()]),
);

const memberSchema = z
  .strictObject({ ...shapingKeys, ...readingKeys, required: z.boolean().default(true) })
  .superRefine(checkColumns, { when: hasColumns });

const archiveSchema = z
  .strictObject({
    ...unreadKeys,
    ...commonKeys,
    ...readingKeys,
    schema: text,
    truncate: z.boolean(),
    unknown_members: z.enum(['reject', 'ignore']).default('reject'),
    ignore_members: z.array(text).default(['._*', '.DS_Store', '__MACOSX/*']),
    flatten: z.boolean().default(false),
    files: z.record(z.string().regex(/^[^./]+$/, 'must be a file name up to its first dot'), memberSchema),
  })
  .superRefine(({ files }, context) => {
    const tables = Object.entries(files).map(([name, { dbtable }]) => ({ name, dbtable }));
    if (tables.length === 0) context.addIssue({ code: 'custom', path: ['files'], message: 'names no file' });
    tables.forEach(({ name, dbtable }, index) => {
      if (tables.findIndex((other) => other.dbtable === dbtable) < index)
        context.addIssue({ code: 'custom', path: ['files', name, 'dbtable'], message: 'is the table of another file too' });
    });
  });

const fileSchema = z
  .strictObject({ ...unreadKeys, ...commonKeys, ...readingKeys, ...shapingKeys, truncate: z.boolean().default(false) })
  .superRefine(checkColumns, { when: hasColumns });

export type ArchiveKeys = z.output<typeof archiveSchema>;
export type FileKeys = z.output<typeof fileSchema>;
export type MemberKeys = z.output<typeof memberSchema>;

/**
 * The configuration file of drops, as it was always written or with newer keys, and {@link DropConfig} of it. Strict: a key
 * that means nothing is a fault, except those of the old template.
 */
export const dropConfigSchema: z.ZodType<DropConfig> = z.unknown().transform((value, context) => {
  const keys = z.looseObject({ mode: z.unknown().optional(), files: z.unknown().optional() }).safeParse(value);
  const isArchive = keys.success && keys.data.mode !== 'file' && (keys.data.mode === 'archive' || keys.data.files !== undefined);
  const parsed = isArchive
    ? archiveSchema.transform(archiveConfig).safeParse(value, { error: inWords })
    : fileSchema.transform(fileConfig).safeParse(value, { error: inWords });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: undefined });
  return z.NEVER;
});

const inWords = (issue: { readonly code?: string; readonly input?: unknown }): string | undefined =>
  issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined;

export interface DropConfigFault {
  /** The key with those above it, such as `files.trees.columns`; empty for the file as a whole. */
  readonly path: string;
  /** Follows the key in a sentence. Repeats no value. */
  readonly message: string;
}

/** Reads a configuration that was parsed as JSON, and finds all its faults at once. Touches nothing else. */
export function parseDropConfig(json: unknown): { readonly config: DropConfig } | { readonly faults: readonly DropConfigFault[] } {
  const parsed = dropConfigSchema.safeParse(json);
  if (parsed.success) return { config: parsed.data };
  const faults = parsed.error.issues.flatMap((issue): DropConfigFault[] => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not a key of this file' }));
  });
  return { faults };
}
