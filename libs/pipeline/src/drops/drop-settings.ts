import { z } from 'zod';
import type { PipelineDefinition } from '../definitions/definition';

const settingsSchema = z.object({
  bucket: z.string(),
  source: z.string(),
  directory: z.string(),
  destination: z.string(),
  truncate: z.boolean().default(false),
  file_limit: z.number().default(0),
  on_bad: z.enum(['stop', 'continue']).default('stop'),
});

/** What the bookkeeping reads of a drop configuration; the source has checked all of it. */
export type DropSettings = z.output<typeof settingsSchema>;

export const settingsOf = (definition: PipelineDefinition): DropSettings => settingsSchema.parse(definition.source.config);

export type CopyKind = 'good' | 'bad';

/** The copy that marks an outcome lies below the destination under the drop's full key. */
export const copyKey = ({ destination }: DropSettings, kind: CopyKind, key: string): string => `${destination}/${kind}/${key}`;
