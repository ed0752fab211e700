import type { Column, ColumnType, TableShape } from '@app/platform';
import type { MappingRow } from '../mapping/mapping-file';
import { quoteIdentifier } from '../sql-text';
import { NAME_TABLE, REVIEWER_TABLE } from './fixed-tables';

const SQL_TYPES: Readonly<Partial<Record<ColumnType, string>>> = {
  string: 'varchar',
  integer: 'bigint',
  float: 'double precision',
};

/**
 * The tables of a mapping, columns in file order, rows outside the sync included. Tables come in ascending order of Unicode
 * code points, then the two fixed ones.
 */
export function generateSchema(mapping: readonly Pick<MappingRow, 'table' | 'column' | 'type'>[]): TableShape[] {
  const tables = new Map<string, Column[]>();
  for (const { table, column, type } of mapping) {
    const columns = tables.get(table) ?? [];
    columns.push({ name: column, type });
    tables.set(table, columns);
  }
  const sorted = [...tables].sort(([a], [b]) => compareCodePoints(a, b));
  return [...sorted.map(([name, columns]) => ({ name, columns })), REVIEWER_TABLE, NAME_TABLE];
}

/** The plain SQL of a schema, one statement a line, nothing but names and types. */
export function renderCreateTables(shapes: readonly TableShape[]): string {
  return shapes.map((shape) => `${renderCreateTable(shape)}\n`).join('');
}

function renderCreateTable({ name, columns }: TableShape): string {
  const list = columns.map((column) => `${quoteIdentifier(column.name)} ${SQL_TYPES[column.type] ?? column.type}`);
  return `create table ${quoteIdentifier(name)} (${list.join(', ')});`;
}

/** UTF-8 bytes sort as code points do; JavaScript's own order goes by UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
