import { z } from 'zod';
import { isCron, isTimeZone } from '../schedules/cron-schedule';

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

const part = (what: string) =>
  z.strictObject({
    kind: z.string().min(1).describe(`Which ${what}.`),
    config: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Settings of that kind; secrets by reference (`env:NAME`, `file:/path`, `vault:path#key`).'),
  });

/** A pipeline as people write it, in YAML or JSON. Immutable once stored: a change is a new version. */
export const definitionSchema = z.strictObject({
  name: z.string().regex(NAME, 'expected a lower-case name of letters, digits, - and _, at most 63 long'),
  description: z.string().max(2000).optional(),
  source: part('system the data is drawn from'),
  transform: part('transform makes tables of it'),
  target: z
    .strictObject({
      kind: z.enum(['postgres']).default('postgres'),
      schema: z.string().min(1).max(63).default('public').describe('Schema of the warehouse that the tables are in.'),
    })
    .prefault({}),
  load: z
    .strictObject({
      strategy: z
        .enum(['replace'])
        .default('replace')
        .describe('`replace`: afterwards each table holds exactly what was extracted; only rows that differ are written.'),
      allowShrink: z.boolean().default(false).describe('Lets a run remove more rows than the shrink brake allows.'),
    })
    .prefault({}),
  schedule: z
    .strictObject({
      cron: z.string().refine(isCron, 'expected a cron expression that comes true').describe('Five fields, or six with seconds first.'),
      timeZone: z.string().refine(isTimeZone, 'expected an IANA time zone').optional().describe('IANA name; the worker’s own by default.'),
    })
    .optional(),
});

export type PipelineDefinition = z.output<typeof definitionSchema>;

/** JSON Schema 2020-12 of the document that people write. */
export const definitionJsonSchema = (): Record<string, unknown> => z.toJSONSchema(definitionSchema, { io: 'input' });
