import type { ColumnType } from '@app/platform';
import type { DescribedColumn } from '../engines/duckdb/describe';

const TYPES: Readonly<Record<string, ColumnType>> = {
  BOOLEAN: 'boolean',
  DATE: 'date',
  JSON: 'json',
  UUID: 'uuid',
  BLOB: 'bytes',
  FLOAT: 'float',
  DOUBLE: 'float',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
};
/** Sums of integers are wider than 64 bits only in the engine's books: one that really is fails instead of losing digits. */
const INTEGER = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

/** The logical type of what the engine computed. Lists and structures are JSON; times of day, intervals and enums are text. */
export function logicalType({ type }: DescribedColumn): ColumnType {
  if (INTEGER.test(type)) return 'integer';
  if (type.startsWith('DECIMAL')) return 'decimal';
  if (/^TIMESTAMP(_|$)/.test(type)) return 'timestamp';
  if (/\[\d*\]$|^(STRUCT|MAP|UNION)\(/.test(type)) return 'json';
  return TYPES[type] ?? 'string';
}

/** A value of the engine in the one form that columns of its logical type have between steps. */
export function uniform(sql: string, column: DescribedColumn): string {
  const { type } = column;
  switch (logicalType(column)) {
    case 'integer':
      return type === 'BIGINT' ? sql : `cast(${sql} as bigint)`;
    case 'float':
      return type === 'DOUBLE' ? sql : `cast(${sql} as double)`;
    case 'timestamp':
      return type === 'TIMESTAMP' ? sql : `cast(${sql} as timestamp)`;
    case 'json':
      return type === 'JSON' ? sql : `to_json(${sql})`;
    case 'string':
      return type === 'VARCHAR' ? sql : `cast(${sql} as varchar)`;
    case 'decimal':
    case 'boolean':
    case 'date':
    case 'timestamptz':
    case 'uuid':
    case 'bytes':
      return sql;
  }
}
