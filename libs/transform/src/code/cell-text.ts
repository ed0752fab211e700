import type { Column, ColumnType } from '@app/platform';
import type { ValueKind } from './thread-program';

/** An instant or a local time as ISO 8601 writes it; infinities stay words. */
const isoText = (value: string, zone: string): string =>
  String.raw`regexp_replace(cast(${value} as varchar), '^(\d+-\d\d-\d\d) (\d\d:.*)$', '\1T\2${zone}')`;

/** SQL for what a module sees of a column: text, number (64-bit integers as they are, for `jsValue`), boolean or null. */
export function moduleCell({ type }: Column, position: number): string {
  const value = `#${position}`;
  switch (type) {
    case 'integer':
    case 'float':
    case 'boolean':
    case 'string':
    case 'json':
      return value;
    case 'timestamp':
      return isoText(value, '');
    case 'timestamptz':
      return isoText(`timezone('UTC', ${value})`, 'Z');
    case 'bytes':
      return String.raw`'\x' || lower(hex(${value}))`;
    case 'decimal':
    case 'date':
    case 'uuid':
      return `cast(${value} as varchar)`;
  }
}

/** Integers that a JavaScript number cannot hold exactly become text. */
export function jsValue(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
}

/** The type of a column by the kinds of values that were in it. Kinds that have no type in common are text. */
export function typeOfKinds(kinds: readonly ValueKind[]): ColumnType {
  const [first, ...others] = kinds;
  if (others.length === 0) return first ? TYPE_OF_KIND[first] : 'string';
  if (kinds.every((kind) => kind === 'integer' || kind === 'bigint')) return 'decimal';
  return kinds.every((kind) => kind === 'integer' || kind === 'float') ? 'float' : 'string';
}

const TYPE_OF_KIND: Readonly<Record<ValueKind, ColumnType>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'integer',
  bigint: 'decimal',
  float: 'float',
  instant: 'timestamptz',
  json: 'json',
};
