import { z } from 'zod';
import { schemaValidationSchema } from '../registry/schemas/schema-validation.schema';

/** How much of a document this program has to know: everything, or only what it acts upon (`strict: false`). */
export interface Strictness {
  readonly strict: boolean;
}

const MAX_ID_LENGTH = 200;
/** A name, not a reference to a secret: callers must not read the deployment's own secrets as databases. */
const CONNECTION_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const STRATEGIES = ['insert', 'upsert', 'replace', 'append'] as const;

/** JSON has `null` where a client leaves a field out. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const record = z.record(z.string(), z.unknown());
const text = z.string().min(1);
const url = maybe(text);
/** References in settings are resolved when a run begins; callers must not have ours put into a query and shown in its error. */
const SECRET_REFERENCE = /^\s*(env|file|vault|sealed):/;
const REFERENCE_REFUSED = 'Input should be a query, not a reference to a secret';
const query = text.refine((sql) => !SECRET_REFERENCE.test(sql), REFERENCE_REFUSED);
const connection = maybe(z.string().regex(CONNECTION_NAME, 'Input should be the name of a connection: letters, digits and _'));

/** As the old platform took numbers: `"50"` and `50.0` are 50. */
export const laxInteger = maybe(
  z.unknown().transform((value, context) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
    context.addIssue({ code: 'custom', ...integerFault(value, number) });
    return z.NEVER;
  }),
);

function integerFault(value: unknown, number: unknown): { message: string; params: { type: string } } {
  if (typeof number !== 'number') return { message: 'Input should be a valid integer', params: { type: 'int_type' } };
  if (number < 0) return { message: 'Input should be greater than or equal to 0', params: { type: 'greater_than_equal' } };
  if (typeof value === 'number')
    return { message: 'Input should be a valid integer, got a number with a fractional part', params: { type: 'int_from_float' } };
  return { message: 'Input should be a valid integer, unable to parse string as an integer', params: { type: 'int_parsing' } };
}

const strategy = maybe(
  z.unknown().transform((value, context) => {
    const found = STRATEGIES.find((name) => typeof value === 'string' && name === value.toLowerCase());
    if (found) return found;
    context.addIssue({ code: 'custom', message: `Input should be ${CHOICES}`, params: { type: 'literal_error' } });
    return z.NEVER;
  }),
).transform((name) => name ?? 'insert');

const CHOICES = STRATEGIES.map((name) => `'${name}'`)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1');

const shape = <Shape extends z.core.$ZodLooseShape>({ strict }: Strictness, fields: Shape) =>
  strict ? z.strictObject(fields) : z.object(fields);

const ingestion = (strictness: Strictness) =>
  shape(strictness, {
    query,
    source_db_url: url,
    source_connection: connection,
    parameters: maybe(record),
    batch_size: laxInteger,
    partition: maybe(record),
    incremental: maybe(record),
    deletes: maybe(record),
  });

/** The fields of `persistence` and of `POST /tasks/persist`. */
const persistenceFields = {
  table_name: text,
  schema: maybe(text),
  strategy,
  upsert_keys: maybe(z.array(text)),
  update_missing: maybe(z.enum(['keep', 'default'])),
  on_empty: maybe(z.enum(['keep', 'truncate'])),
  evolution: maybe(z.enum(['evolve', 'freeze', 'discard_row', 'discard_value'])),
  dest_db_url: url,
  dest_connection: connection,
};

export const persistenceSchema = (strictness: Strictness) => withKeys(shape(strictness, persistenceFields));

/** Looked at whatever else is wrong with the object, so that all faults are told at once. */
const always = { when: ({ value }: z.core.ParsePayload): boolean => typeof value === 'object' && value !== null };

interface Written {
  readonly strategy: string;
  readonly upsert_keys?: readonly string[];
}

const withKeys = <T extends z.ZodType<Written>>(schema: T): T =>
  schema.refine(({ strategy: name, upsert_keys }) => name !== 'upsert' || (upsert_keys?.length ?? 0) > 0, {
    ...always,
    path: ['upsert_keys'],
    message: 'upsert_keys required for UPSERT strategy',
  });

/** What a step may say in place of a configuration of its own. */
const reference = { transformation_id: maybe(text), version: laxInteger };

const unlessReferred = <T extends z.ZodType<Readonly<Record<string, unknown>>>>(schema: T, key: string): T =>
  schema.refine((config) => config[key] !== undefined || config.transformation_id !== undefined, {
    ...always,
    path: [key],
    message: 'Field required',
    params: { type: 'missing' },
  });

/** One transform by its type. `config.config` is a transform itself, or `config` is. */
export const transformationSchema = (strictness: Strictness) => {
  const step = <Type extends string, Config extends z.ZodType>(type: Type, config: Config) =>
    shape(strictness, { type: z.literal(type), config, name: maybe(text) });
  return z.discriminatedUnion('type', [
    step('sql', unlessReferred(shape(strictness, { sql_query: text.optional(), parameters: maybe(record), ...reference }), 'sql_query')),
    step(
      'code',
      unlessReferred(shape(strictness, { function_path: text.optional(), kwargs: maybe(record), ...reference }), 'function_path'),
    ),
    step('config', record.superRefine(refusePath)),
    step('none', maybe(record)),
  ]);
};

function refusePath(config: Record<string, unknown>, context: z.RefinementCtx): void {
  if (config.config === undefined || (typeof config.config === 'object' && config.config !== null)) return;
  const message = 'Input should be the transform itself; files are read by the command line, not by the server';
  context.addIssue({ code: 'custom', path: ['config'], message });
}

/** An id or a key that a client chose. */
export const pipelineIdSchema = maybe(z.string().min(1).max(MAX_ID_LENGTH));

/** The three parts of a pipeline. `transformation` is one transform, or a list of them that follow each other. */
export const pipelineConfigSchema = (strictness: Strictness, isChain: boolean) => {
  const one = transformationSchema(strictness);
  return shape(strictness, {
    pipeline_id: pipelineIdSchema,
    idempotency_key: pipelineIdSchema,
    timeout_seconds: laxInteger,
    schema_validation: maybe(schemaValidationSchema),
    strict: maybe(z.boolean()),
    ingestion: ingestion(strictness),
    transformation: isChain ? z.array(one).min(1) : one,
    persistence: persistenceSchema(strictness),
  });
};

export const ingestTaskSchema = z.object({
  query: maybe(z.string().refine((sql) => !SECRET_REFERENCE.test(sql), REFERENCE_REFUSED)),
  source_db_url: url,
  source_connection: connection,
  parameters: maybe(record),
  batch_size: laxInteger,
  idempotency_key: pipelineIdSchema,
});

export const persistTaskSchema = withKeys(
  z.object({ ...persistenceFields, data_id: maybe(z.string()), idempotency_key: pipelineIdSchema }),
);

export const transformTaskSchema = z.object({
  transformation_type: z.enum(['sql', 'code', 'config']),
  transformation_config: record,
  data_id: maybe(z.string()),
  idempotency_key: pipelineIdSchema,
});

export type Ingestion = z.output<ReturnType<typeof ingestion>>;
export type Transformation = z.output<ReturnType<typeof transformationSchema>>;
export type Persistence = z.output<ReturnType<typeof persistenceSchema>>;
