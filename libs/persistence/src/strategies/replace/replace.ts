import type { StagedTable } from '@app/platform';
import type { CatalogTable } from '../../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../../catalog/identifier';
import { copyRows } from '../../copy/copy-rows';
import { atPlace } from '../../warehouse/translate-error';
import type { Session } from '../../warehouse/warehouse';
import { comparisonSql, writtenColumns } from './comparison-sql';

/** One row that a publication writes. Values are as PostgreSQL prints them, so that no digit is lost. */
export interface RowDifference {
  readonly change: 'insert' | 'delete';
  readonly row: Readonly<Record<string, string | null>>;
}

export interface WrittenRows {
  readonly inserted: number;
  readonly deleted: number;
  readonly differences: readonly RowDifference[];
}

export interface ReplaceRequest {
  readonly target: CatalogTable;
  readonly staged: StagedTable;
  /** Rows the target has now. */
  readonly rowsBefore: number;
  /** Unique within the transaction. */
  readonly ordinal: number;
  /** At most this many differing rows are returned. */
  readonly differenceLimit: number;
}

/** Makes the target hold exactly the staged rows by writing only those that differ. The caller holds the target's lock. */
export async function replaceByComparison(
  session: Session,
  { target, staged, rowsBefore, ordinal, differenceLimit }: ReplaceRequest,
  staging: string,
): Promise<WrittenRows> {
  const difference = quoteIdentifier(`tributary_difference_${ordinal}`);
  const sql = comparisonSql({ target, staging, stagedColumns: columnNames(staged), difference });
  return atPlace({ table: target.name }, async () => {
    await session.query(sql.compare);
    const { rows } = await session.query<{ copies: string }>(sql.countSurplus);
    const surplus = Number(rows[0]?.copies);
    if (surplus > 0) await session.query(surplus === rowsBefore ? sql.removeAll : sql.remove);
    const added = await session.query(sql.add);
    const differences =
      differenceLimit > 0
        ? await readDifferences(
            session,
            sql.show,
            sql.columns.map(({ name }) => name),
            differenceLimit,
          )
        : [];
    await session.query(`drop table ${difference}`);
    return { inserted: added.rowCount ?? 0, deleted: surplus, differences };
  });
}

/** Copies the rows straight into an empty target. Only for targets that `canCopyDirectly`. */
export async function fillDirectly(
  session: Session,
  { target, staged, differenceLimit }: ReplaceRequest,
  signal: AbortSignal,
): Promise<WrittenRows> {
  const sqlName = qualifiedName(target.schema, target.name);
  await copyRows(session, staged, { sqlName, relation: target.name }, signal);
  if (differenceLimit === 0) return { inserted: staged.rows, deleted: 0, differences: [] };
  const names = staged.table.columns.map(({ name }) => name);
  const show = `select '1', ${names.map((name) => `${quoteIdentifier(name)}::text`).join(', ')} from only ${sqlName} limit $1`;
  return { inserted: staged.rows, deleted: 0, differences: await readDifferences(session, show, names, differenceLimit) };
}

/** A column that is not staged becomes null; `COPY` would give it its default. */
export const canCopyDirectly = (target: CatalogTable, staged: StagedTable): boolean => {
  const names = columnNames(staged);
  return writtenColumns(target, names).every(({ name, hasDefault }) => names.has(name) || !hasDefault);
};

export const columnNames = (staged: StagedTable): ReadonlySet<string> => new Set(staged.table.columns.map(({ name }) => name));

async function readDifferences(session: Session, text: string, names: readonly string[], limit: number): Promise<RowDifference[]> {
  const { rows } = await session.query<(string | null)[]>({ text, values: [limit], rowMode: 'array' });
  return rows
    .flatMap(([surplus, ...values]) => {
      const count = Number(surplus);
      const row = Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
      const change = count > 0 ? ('insert' as const) : ('delete' as const);
      return Array.from({ length: Math.min(Math.abs(count), limit) }, () => ({ change, row }));
    })
    .slice(0, limit);
}
