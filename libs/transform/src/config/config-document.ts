import { COLUMN_TYPES, type ColumnType } from '@app/platform';
import { z } from 'zod';
import { withStrictEscape } from './strict-escape';

const MAX_DECIMAL_SCALE = 28;

/** Names of types as users write them, those of the original among them; compared in lower case. */
const TYPE_NAMES: Readonly<Record<string, ColumnType>> = {
  ...Object.fromEntries(COLUMN_TYPES.map((type) => [type, type])),
  ...{ str: 'string', object: 'string', int: 'integer', int64: 'integer', double: 'float', float64: 'float', bool: 'boolean' },
  ...{ datetime: 'timestamp', 'datetime64[ns]': 'timestamp' },
};

const name = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'expected a text, a number, true, false or null' });
const ignored = z.unknown().describe('The value is ignored, unless `version` is 2 or more.');

const operators = z
  .strictObject({
    '>': scalar,
    '>=': scalar,
    '<': scalar,
    '<=': scalar,
    '==': scalar,
    equals: scalar,
    '!=': scalar,
    not_equals: scalar,
    in: z.array(scalar),
    not_in: z.array(scalar),
    contains: z.string().describe('A regular expression, case-sensitive, found anywhere in the text.'),
    is_null: ignored,
    is_not_null: ignored,
  })
  .partial();

const condition = z.union([scalar, operators], {
  error: ({ input }) => (Array.isArray(input) ? 'a list is no condition; use {"in": […]}' : 'expected a value or an object of operators'),
});

const addedValue = z.union([scalar, z.strictObject({ expr: z.string() }), z.strictObject({ value: scalar })], {
  error: 'expected a value, an expression, {"expr": …} or {"value": …}',
});

const transformation = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('map'), column: name, mapping: z.record(z.string(), scalar) }),
    z.strictObject({ type: z.literal('apply'), column: name, function: z.enum(['upper', 'lower', 'strip']) }),
  ],
  { error: 'expected a step of type map or apply' },
);

const typeName = z
  .string()
  .refine((text) => Object.hasOwn(TYPE_NAMES, text.toLowerCase()), `expected one of ${Object.keys(TYPE_NAMES).join(', ')}`);

const castRule = z.union(
  [
    typeName,
    z.strictObject({
      type: typeName,
      on_error: z.enum(['null', 'fail']).optional().describe('Cells that cannot be read: null and counted, or an error (default).'),
      scale: z.int().min(0).max(MAX_DECIMAL_SCALE).optional().describe('Digits behind the point of a decimal; 10 by default.'),
    }),
  ],
  { error: 'expected the name of a type, or {"type": …}' },
);

const sortKey = z.union(
  [name, z.strictObject({ column: name, desc: z.boolean().optional(), nulls: z.enum(['first', 'last']).optional() })],
  { error: 'expected a column, or {"column": …}' },
);

const document = z.strictObject({
  version: z.int().min(1).optional(),
  select: z.array(name).optional(),
  rename: z.record(z.string(), name).optional(),
  filter: z.record(z.string(), condition).optional(),
  add_columns: z.record(name, addedValue).optional(),
  on_expression_error: z.enum(['literal', 'fail']).optional().describe('What becomes of a text in add_columns that cannot be evaluated.'),
  drop_columns: z.array(z.string()).optional(),
  transformations: z.array(transformation).optional(),
  aggregations: z
    .strictObject({
      group_by: z.union([name, z.array(name)], { error: 'expected a column or a list of columns' }).optional(),
      aggregate: z.record(name, z.string()).optional(),
      naming: z.enum(['alias', 'legacy']).optional(),
      null_groups: z.enum(['drop', 'keep']).optional(),
    })
    .optional(),
  cast: z.record(z.string(), castRule).optional(),
  dedupe: z.strictObject({ keys: z.array(name).min(1).optional(), keep: z.enum(['first', 'last']).optional() }).optional(),
  sort: z.array(sortKey).min(1).optional(),
  limit: z.int().min(0).optional(),
});

export type ConfigDocument = z.output<typeof document>;
export type Condition = z.output<typeof condition>;
export type AddedValue = z.output<typeof addedValue>;
export type Transformation = z.output<typeof transformation>;
export type Aggregations = NonNullable<ConfigDocument['aggregations']>;
export type CastRule = z.output<typeof castRule>;
export type Scalar = z.output<typeof scalar>;

const documentSchema = withStrictEscape(document);
const nestedSchema = z.strictObject({ config: documentSchema }).transform(({ config }) => config);

/**
 * Declarative steps, as they are or under a key `config` of their own. A path to a file instead is refused: documents come with
 * the pipeline. Parsing names every fault with its path; an unknown key is one unless the document says `strict: false`.
 */
export const configDocumentSchema: z.ZodType<ConfigDocument> = z.unknown().transform((value, context): ConfigDocument => {
  const nested = typeof value === 'object' && value !== null && 'config' in value ? value : null;
  if (nested && typeof nested.config === 'string') {
    context.addIssue({ code: 'custom', path: ['config'], message: 'a path to a file is not accepted; put the steps here' });
    return z.NEVER;
  }
  const parsed = (nested ? nestedSchema : documentSchema).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
});

/** JSON Schema 2020-12 of the declarative steps. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(document, { io: 'input' });
}

/** The logical type of a name that the schema let through. */
export function typeNamed(text: string): ColumnType {
  return TYPE_NAMES[text.toLowerCase()] ?? 'string';
}
