import type { CatalogColumn, CatalogTable } from '../catalog/catalog';
import { quoteIdentifier } from '../catalog/identifier';
import type { StagedRows } from '../copy/staged-rows';
import type { Session } from '../warehouse/warehouse';

/** One row that a publication writes. Values are as PostgreSQL prints them, so that no digit is lost. */
export interface RowDifference {
  readonly change: 'insert' | 'delete';
  readonly row: Readonly<Record<string, string | null>>;
}

/** One table to be written, under its lock, by whatever strategy. */
export interface TableWork {
  readonly session: Session;
  readonly target: CatalogTable;
  /** Of the target: those that get staged values, in staged order. */
  readonly columns: readonly CatalogColumn[];
  readonly rows: StagedRows;
  /** Staged rows, without those that were left out; final once they are copied. */
  rowCount(): number;
  /** Unique within the transaction. */
  readonly ordinal: number;
  /** At most this many differing rows are returned. */
  readonly differenceLimit: number;
}

export interface WrittenRows {
  readonly inserted: number;
  readonly updated?: number;
  readonly deleted: number;
  readonly collapsed?: number;
  readonly warnings?: readonly string[];
  readonly differences: readonly RowDifference[];
}

/** Column names for SQL, each behind an alias if there is one. */
export const columnList = (columns: readonly Pick<CatalogColumn, 'name'>[], alias?: string): string =>
  columns.map(({ name }) => (alias === undefined ? quoteIdentifier(name) : `${alias}.${quoteIdentifier(name)}`)).join(', ');

/** Reads rows of a query that gives the number of copies, negative for rows that go, then the values of `names` as text. */
export async function readDifferences(session: Session, text: string, names: readonly string[], limit: number): Promise<RowDifference[]> {
  if (limit === 0) return [];
  const { rows } = await session.query<(string | null)[]>({ text, values: [limit], rowMode: 'array' });
  return rows
    .flatMap(([copies, ...values]) => {
      const count = Number(copies);
      const row = Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
      const change = count > 0 ? ('insert' as const) : ('delete' as const);
      return Array.from({ length: Math.min(Math.abs(count), limit) }, () => ({ change, row }));
    })
    .slice(0, limit);
}

/** The first rows of a relation as rows that come. */
export function readFirstRows({ session, columns, differenceLimit }: TableWork, relation: string): Promise<RowDifference[]> {
  const values = columns.map(({ name }) => `${quoteIdentifier(name)}::text`);
  const names = columns.map(({ name }) => name);
  return readDifferences(session, `select ${['1', ...values].join(', ')} from ${relation} limit $1`, names, differenceLimit);
}
