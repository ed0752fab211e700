import { castField } from './casts';
import type { Compiled } from './expression-to-sql';
import type { MappedType } from './mapped-type';

/** One column of the records, as the relations of the plan carry it. */
export interface DataColumn {
  /** In the data, case-sensitive. */
  readonly name: string;
  /** In SQL, where names would be case-insensitive. */
  readonly sql: string;
  readonly type: MappedType;
}

export function compiledColumn({ sql, type }: DataColumn): Compiled {
  return { sql, type, depth: 0 };
}

/** The two sides of a comparison of a column with a text cell of a side file: the text is read as the column's type. */
export function keySides(column: DataColumn, cell: string): { left: string; right: string } {
  if (column.type === 'date') return { left: `cast(${column.sql} as varchar)`, right: cell };
  return { left: column.sql, right: castField(cell, column.type) };
}
