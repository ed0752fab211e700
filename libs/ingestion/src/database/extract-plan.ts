import { COLUMN_TYPES, type Column, type Watermark } from '@app/platform';
import { z } from 'zod';
import { ExtractNotResumableError } from '../source.errors';
import type { DatabaseSourceConfig } from './database.config';
import { QueryInvalidError } from './database.errors';
import { checkOrdered, keyRanges, moveBack, normalized, partsOf, windowOf } from './key-ranges';
import { columnNamed } from './source-query';
import type { ColumnWindow, SourceReader } from './source-reader';

const columnSchema = z.object({ name: z.string(), type: z.enum(COLUMN_TYPES) });
const planSchema = z.object({
  ranges: z.object({ column: columnSchema, from: z.string(), width: z.string(), count: z.int(), hasNulls: z.boolean() }).nullable(),
  cursor: z
    .object({
      column: columnSchema,
      /** The watermark this run began with; null reads from the beginning. */
      since: z.string().nullable(),
      /** The watermark it ends with; null when the column has no value yet. */
      upTo: z.string().nullable(),
    })
    .nullable(),
});
const positionSchema = z.object({ plan: planSchema, done: z.int().min(1) });

/** What all attempts of one extract have in common: where its parts end. */
export type ExtractPlan = z.output<typeof planSchema>;
/** The parts behind us. */
export type ExtractPosition = z.output<typeof positionSchema>;

export const writePosition = (position: ExtractPosition): string => JSON.stringify(position);

export function readPosition(token: string): ExtractPosition {
  try {
    return positionSchema.parse(JSON.parse(token));
  } catch {
    throw new ExtractNotResumableError('its resume token is not one of the database source');
  }
}

/** The value of the cursor column that an earlier run ended with; null at first. @throws {QueryInvalidError} */
export function sinceOf(watermark: Watermark | null, column: Column): string | null {
  if (watermark === null) return null;
  const { column: name, value } = watermark;
  if (name !== column.name) {
    throw new QueryInvalidError(
      `The last run stopped at a value of column "${String(name)}". Run once in full to go on by "${column.name}".`,
    );
  }
  return typeof value === 'string' ? normalized(column, value) : null;
}

/** @throws {ExtractNotResumableError} when this plan does not begin where the last published run ended any more */
export function assertCurrent({ cursor }: ExtractPlan, { watermark, full }: { watermark: Watermark | null; full: boolean }): void {
  if (cursor === null || full || sinceOf(watermark, cursor.column) === cursor.since) return;
  throw new ExtractNotResumableError('another run was published since it began');
}

export const watermarkOf = ({ cursor }: ExtractPlan): Watermark | null =>
  cursor === null ? null : { column: cursor.column.name, value: cursor.upTo ?? cursor.since };

/** Rows of the run by its cursor column. */
export function cursorWindows({ cursor }: Pick<ExtractPlan, 'cursor'>, { incremental }: DatabaseSourceConfig): readonly ColumnWindow[] {
  if (cursor === null || incremental === undefined) return [];
  const { column, since } = cursor;
  const upTo = cursor.upTo ?? since;
  if (since !== null && upTo !== null) {
    return [{ column, after: incremental.lag === undefined ? since : moveBack(column, since, incremental.lag), upTo }];
  }
  const initial = incremental.initial === undefined || incremental.initial === null ? null : String(incremental.initial);
  if (upTo === null) return [{ column, nulls: 'only' }];
  return [initial === null ? { column, upTo, nulls: 'include' } : { column, from: normalized(column, initial), upTo }];
}

/** Ranges of the partition column; of the table's own key where nobody chose and everything is read; null for one part. */
export async function planRanges(
  reader: SourceReader,
  config: DatabaseSourceConfig,
  cursor: ExtractPlan['cursor'],
): Promise<ExtractPlan['ranges']> {
  const windows = cursorWindows({ cursor }, config);
  if (config.partition) {
    const column = checkOrdered(columnNamed(reader.columns, config.partition.column));
    return keyRanges(column, await reader.bounds(column, windows), config.partition);
  }
  const isFollowUp = cursor !== null && cursor.since !== null;
  const key = isFollowUp ? null : await reader.naturalKey();
  const column = reader.columns.find(({ name }) => name === key);
  return column === undefined ? null : keyRanges(column, await reader.bounds(column, windows), {});
}

/** The windows of every part of rows, in order. */
export function partWindows(plan: ExtractPlan, config: DatabaseSourceConfig): readonly (readonly ColumnWindow[])[] {
  const cursor = cursorWindows(plan, config);
  const { ranges } = plan;
  if (ranges === null) return [cursor];
  return Array.from({ length: partsOf(ranges) }, (_, index) => [windowOf(ranges, index), ...cursor]);
}
