import type { StagedPart } from '@app/platform';
import { z } from 'zod';

const memberSchema = z.object({ name: z.string(), rows: z.number(), bytes: z.number(), sha256: z.string() });

/** One file of a drop as it was read: data rows, bytes and checksum of the original. */
export type DropMember = z.output<typeof memberSchema>;

export interface DropContent {
  readonly sha256: string | null;
  readonly members: readonly DropMember[];
}

const statedSchema = z.object({ drop: z.object({ sha256: z.string(), members: z.array(memberSchema) }) });
const NOTHING: DropContent = { sha256: null, members: [] };

/** What the source says a drop held: stated with the last part, so only once all of it was read. */
export function contentOf(parts: readonly StagedPart[]): DropContent {
  const stated = statedSchema.safeParse(parts.at(-1)?.watermark);
  return stated.success ? stated.data.drop : NOTHING;
}
