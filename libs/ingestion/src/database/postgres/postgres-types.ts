import type { ColumnType } from '@app/platform';

/** Object ids of PostgreSQL's own types (`pg_type.dat`); they never change. */
const TYPES: ReadonlyMap<number, ColumnType> = new Map<number, ColumnType>([
  [16, 'boolean'],
  [17, 'bytes'],
  [20, 'integer'],
  [21, 'integer'],
  [23, 'integer'],
  [26, 'integer'],
  [114, 'json'],
  [700, 'float'],
  [701, 'float'],
  [1082, 'date'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1700, 'decimal'],
  [2950, 'uuid'],
  [3802, 'json'],
]);

/** What a type is to the platform; everything it has no word for is text, arrays are JSON. */
export function columnType(oid: number, arrays: ReadonlySet<number>): ColumnType {
  return TYPES.get(oid) ?? (arrays.has(oid) ? 'json' : 'string');
}

export const isKnownType = (oid: number): boolean => TYPES.has(oid);
