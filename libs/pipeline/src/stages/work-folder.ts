import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Unit } from '@app/ingestion';

/** Hex digits that keep two units apart. */
const HASH_DIGITS = 24;

/** Where a stage keeps files of a unit while it works; the caller makes and removes it. */
export const workFolder = (spillRoot: string, stage: string, { id }: Pick<Unit, 'id'>): string =>
  join(spillRoot, `${stage}-${createHash('sha256').update(id).digest('hex').slice(0, HASH_DIGITS)}`);
