import { z } from 'zod';

/** Which object a unit is, and in which state the listing saw it. */
export const dropTokenSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  /** Of a folder's file, the hex SHA-256 of its content. */
  etag: z.string(),
  sizeBytes: z.number(),
  lastModified: z.iso.datetime(),
});

export type DropToken = z.output<typeof dropTokenSchema>;
