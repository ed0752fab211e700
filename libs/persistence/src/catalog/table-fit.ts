import type { Column, TableShape } from '@app/platform';
import type { CatalogColumn, CatalogTable } from './catalog';
import { isAssignable } from './column-type';

/** Where the columns of a shape go in a table that exists. */
export interface TableFit {
  /** The table's columns that get values, in the order of the shape. */
  readonly columns: readonly CatalogColumn[];
  /** Columns of the shape that the table lacks. */
  readonly unknown: readonly Column[];
  /** Columns whose values the table's type cannot hold. */
  readonly mismatched: readonly { readonly column: Column; readonly actual: string }[];
}

export function fitTable({ columns }: TableShape, table: CatalogTable): TableFit {
  const actual = new Map(table.columns.map((column) => [column.name, column]));
  return {
    columns: columns.flatMap(({ name }) => actual.get(name) ?? []),
    unknown: columns.filter(({ name }) => !actual.has(name)),
    mismatched: columns.flatMap((column) => {
      const found = actual.get(column.name);
      return found === undefined || isAssignable(column.type, found.type) ? [] : [{ column, actual: found.type }];
    }),
  };
}
