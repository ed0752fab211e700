import { schemaNameProblem, tableNameProblem } from '@app/persistence';
import { z } from 'zod';
import { validateSchema } from '../quarantine/validate-section';
import { schemaValidationSchema } from '../registry/schemas/schema-validation.schema';
import { isCron, isTimeZone } from '../schedules/cron-schedule';
import { checkRedshift } from './redshift-limits';

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** A name as a writer takes it, so that another is refused here and not only when the run writes. */
const nameWithout = (problemOf: (name: string) => string | null) =>
  z
    .string()
    .min(1)
    .superRefine((name, context) => {
      const message = problemOf(name);
      if (message !== null) context.addIssue({ code: 'custom', message });
    });

const part = (what: string) =>
  z.strictObject({
    kind: z.string().min(1).describe(`Which ${what}.`),
    config: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Settings of that kind; secrets by reference (`env:NAME`, `file:/path`, `vault:path#key`).'),
  });

const step = part('transform').extend({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected a lower-case name of letters, digits and _')
    .optional()
    .describe('Later steps of the chain may query the result under this name.'),
});

/** How one table is written. */
const tableLoad = z.strictObject({
  strategy: z
    .enum(['replace', 'truncate', 'insert', 'append', 'upsert', 'scd2'])
    .describe(
      '`replace`: afterwards the table holds exactly what was extracted; only rows that differ are written. `truncate`: everything out, ' +
        'everything in. `insert`: adds rows to a table that exists. `append`: the same, and makes the table. `upsert`: by `keys`. ' +
        '`scd2`: keeps every version of a row by `keys`.',
    ),
  keys: z.array(z.string().min(1)).describe('Columns that identify a row, for `upsert` and `scd2`.'),
  onEmpty: z.enum(['keep', 'truncate']).describe('What `truncate` does when there is no row.'),
  updateMissing: z.enum(['keep', 'default']).describe('What `upsert` does with columns of the table that the rows lack.'),
  evolution: z
    .enum(['evolve', 'freeze', 'discard_row', 'discard_value'])
    .describe('What happens to columns that the table lacks: added, refused, or left out with their row or alone.'),
  indexes: z.array(z.array(z.string().min(1)).min(1)).describe('Columns of indexes to have after the load.'),
});

const load = z.strictObject({
  strategy: tableLoad.shape.strategy.default('replace'),
  keys: tableLoad.shape.keys.default([]),
  onEmpty: tableLoad.shape.onEmpty.default('keep'),
  updateMissing: tableLoad.shape.updateMissing.default('keep'),
  evolution: tableLoad.shape.evolution.default('freeze'),
  indexes: tableLoad.shape.indexes.default([]),
  tables: z.record(z.string(), tableLoad.partial()).default({}).describe('What is different for single tables.'),
  proof: z
    .enum(['rows', 'hash'])
    .default('rows')
    .describe('What is compared between what was staged and what is published before it counts: numbers of rows, or their content too.'),
  allowShrink: z.boolean().default(false).describe('Lets a run remove more rows than the shrink brake allows.'),
  atomic: z
    .boolean()
    .optional()
    .describe('Publishes all units of a run, such as its drops, in one transaction: one that is refused keeps the others back.'),
  afterSql: z.string().min(1).optional().describe('SQL for the end of the transaction that loads; nothing is loaded when it fails.'),
});

const redshift = z.strictObject({
  iamRole: z
    .string()
    .min(1)
    .optional()
    .describe('ARN of the role by which the cluster reads the parts; without it, the keys of the object store.'),
  bucket: z.string().min(1).optional().describe('Bucket for the parts that the cluster reads; that of the object store by default.'),
  prefix: z
    .string()
    .regex(/^[^/].*\/$/, 'expected a prefix that ends with a slash')
    .optional()
    .describe('Of the keys of those parts; that of the object store by default.'),
});

const grant = z.strictObject({ privilege: z.string().regex(/^[a-z]+$/i, 'expected one word'), to: z.string().min(1) });

const document = z.strictObject({
  name: z.string().regex(NAME, 'expected a lower-case name of letters, digits, - and _, at most 63 long'),
  description: z.string().max(2000).optional(),
  source: part('system the data is drawn from'),
  transform: z
    .union([step, z.array(step).min(1).max(50)])
    .optional()
    .describe('What makes tables of it: one transform, or several in a chain. Without one, rows pass as they are.'),
  target: z
    .strictObject({
      kind: z.enum(['postgres', 'redshift']).default('postgres'),
      schema: nameWithout(schemaNameProblem).default('public').describe('Schema that the tables are in.'),
      table: nameWithout(tableNameProblem).optional().describe('The table of a transform that does not name its own.'),
      connection: z
        .string()
        .min(1)
        .optional()
        .describe('Another database than the warehouse: the name of a `CONNECTION_<NAME>`, or a secret reference to its URL.'),
      owner: z.string().min(1).optional().describe('Of the tables; in Redshift, of those that take the place of old ones.'),
      grants: z.array(grant).optional().describe('Privileges on such tables, beside those that they have.'),
      redshift: redshift.optional().describe('For `redshift` only.'),
    })
    .prefault({}),
  schemaValidation: schemaValidationSchema.optional().describe('Schemas that the rows keep to before and after the transform.'),
  validate: validateSchema.optional().describe('Rules that rows keep before they are loaded.'),
  load: load.prefault({}),
  schedule: z
    .strictObject({
      cron: z.string().refine(isCron, 'expected a cron expression that comes true').describe('Five fields, or six with seconds first.'),
      timeZone: z.string().refine(isTimeZone, 'expected an IANA time zone').optional().describe('IANA name; the worker’s own by default.'),
    })
    .optional(),
  timeoutSeconds: z
    .int()
    .positive()
    .max(7 * 86_400)
    .optional()
    .describe('A run that takes longer fails.'),
});

/** A pipeline as people write it, in YAML or JSON. Immutable once stored: a change is a new version. */
export const definitionSchema = document.superRefine(checkRedshift);

export type PipelineDefinition = z.output<typeof definitionSchema>;
export type TransformStep = z.output<typeof step>;
export type TableLoad = z.output<typeof tableLoad>;

/** The transforms of a definition in order; none for rows that pass as they are. */
export const stepsOf = ({ transform }: Pick<PipelineDefinition, 'transform'>): readonly TransformStep[] =>
  transform === undefined ? [] : Array.isArray(transform) ? transform : [transform];

/** JSON Schema 2020-12 of the document that people write. */
export const definitionJsonSchema = (): Record<string, unknown> => z.toJSONSchema(definitionSchema, { io: 'input' });
