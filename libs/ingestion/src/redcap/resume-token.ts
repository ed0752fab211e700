import { z } from 'zod';
import { ExtractNotResumableError } from '../source.errors';

const tokenSchema = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('start') }),
  z.object({ stage: z.literal('dictionary') }),
  /** Records came from the server: the ordinal of the last chunk, and the last id in it. */
  z.object({ stage: z.literal('download'), ordinal: z.int(), lastId: z.string() }),
  /** Records came from a file: how far into which state of it. */
  z.object({ stage: z.literal('file'), ordinal: z.int(), records: z.int(), offsetBytes: z.int(), fileState: z.string() }),
]);

/** Where an extract stands after a part. */
export type Position = z.output<typeof tokenSchema>;

export function writeToken(position: Position): string {
  return JSON.stringify(position);
}

export function readToken(token: string | null): Position {
  if (token === null) return { stage: 'start' };
  try {
    return tokenSchema.parse(JSON.parse(token));
  } catch {
    throw new ExtractNotResumableError('its resume token is not one of the redcap source');
  }
}
