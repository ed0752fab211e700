import type { ColumnType } from '@app/platform';

const TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'varchar',
  integer: 'bigint',
  float: 'double',
  // The widest exact number that the engine has.
  decimal: 'decimal(38, 10)',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  json: 'varchar',
  uuid: 'uuid',
  bytes: 'blob',
};

/** The engine's rendering of a logical column type. */
export function duckDbType(type: ColumnType): string {
  return TYPES[type];
}
