import type { Unit } from '@app/ingestion';
import { z } from 'zod';

const tokenSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  etag: z.string(),
  sizeBytes: z.number(),
  lastModified: z.iso.datetime().transform((text) => new Date(text)),
});

/** Which object a unit is, and in which state the listing saw it. */
export type DropToken = z.output<typeof tokenSchema>;

export const dropOf = (unit: Unit): DropToken => tokenSchema.parse(unit.token);
