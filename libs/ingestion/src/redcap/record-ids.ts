import { SourceDataInvalidError } from '../source.errors';
import type { FlatRow } from './flat-row';

const INTEGER = /^[+-]?\d+$/;

interface OrderedId {
  readonly text: string;
  readonly value: bigint | null;
}

/** The distinct record ids of a project in the one order every attempt uses. */
export interface RecordIds {
  readonly texts: readonly string[];
  /** Whether `>=` and `<=` name exactly the ids of a chunk: all are integers, no two of them equal (`7` and `007` are). */
  readonly canRange: boolean;
}

/**
 * Integers by value, then other ids by code unit. The order of two ids depends on nothing but the two, so "after the
 * last id that was staged" means the same on every attempt, even when ids were added in between.
 */
export function orderRecordIds(rows: readonly FlatRow[], field: string, integersOnly: boolean): RecordIds {
  const ids = [...new Set(rows.map((row, index) => idOf(row, index, field)))].map(ordered);
  const text = ids.find((id) => id.value === null);
  if (integersOnly && text !== undefined) {
    throw new SourceDataInvalidError(`Record id ${JSON.stringify(text.text.slice(0, 40))} of field ${field} is not an integer.`);
  }
  ids.sort(compare);
  const canRange = ids.every((id, index) => id.value !== null && id.value !== ids[index - 1]?.value);
  return { texts: ids.map((id) => id.text), canRange };
}

/** The ids that come after `last` in the order of `orderRecordIds`, whether or not `last` still exists. */
export function idsAfter(ids: RecordIds, last: string): RecordIds {
  const border = ordered(last);
  return { ...ids, texts: ids.texts.filter((text) => compare(ordered(text), border) > 0) };
}

export function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

function idOf(row: FlatRow, index: number, field: string): string {
  const id = row[field];
  if (id === undefined || id === null || id === '') {
    throw new SourceDataInvalidError(`Row ${index + 1} of the record id list has no ${field}.`);
  }
  return id;
}

function ordered(text: string): OrderedId {
  return { text, value: INTEGER.test(text) ? BigInt(text.replace('+', '')) : null };
}

function compare(a: OrderedId, b: OrderedId): number {
  if (a.value !== null && b.value !== null && a.value !== b.value) return a.value < b.value ? -1 : 1;
  if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
  if (a.text === b.text) return 0;
  return a.text < b.text ? -1 : 1;
}
