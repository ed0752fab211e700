import type { CatalogColumn, CatalogTable } from '../../catalog/catalog';
import { quoteIdentifier } from '../../catalog/identifier';
import { atPlace } from '../../warehouse/translate-error';
import { insertRows } from '../insert/insert';
import { readDifferences, type TableWork, type WrittenRows } from '../table-work';
import { comparisonSql, writtenColumns } from './comparison-sql';

/** Makes the target hold exactly the staged rows by writing only those that differ. `rowsBefore` is how many it has. */
export async function replaceRows(work: TableWork, rowsBefore: number): Promise<WrittenRows> {
  if (rowsBefore === 0 && canCopyDirectly(work.target, work.columns)) return insertRows(work);
  return replaceByComparison(work, rowsBefore);
}

/** A column that is not staged becomes null; `COPY` would give it its default. */
export function canCopyDirectly(target: CatalogTable, staged: readonly Pick<CatalogColumn, 'name'>[]): boolean {
  const names = columnNames(staged);
  return writtenColumns(target, names).every(({ name, hasDefault }) => names.has(name) || !hasDefault);
}

async function replaceByComparison(work: TableWork, rowsBefore: number): Promise<WrittenRows> {
  const { session, target, columns, ordinal, differenceLimit } = work;
  const staging = await work.rows.relation();
  const difference = quoteIdentifier(`tributary_difference_${ordinal}`);
  const sql = comparisonSql({ target, staging, stagedColumns: columnNames(columns), difference });
  return atPlace({ table: target.name }, async () => {
    await session.query(sql.compare);
    const { rows } = await session.query<{ copies: string }>(sql.countSurplus);
    const surplus = Number(rows[0]?.copies);
    if (surplus > 0) await session.query(surplus === rowsBefore ? sql.removeAll : sql.remove);
    const added = await session.query(sql.add);
    const names = sql.columns.map(({ name }) => name);
    const differences = await readDifferences(session, sql.show, names, differenceLimit);
    await session.query(`drop table ${difference}`);
    return { inserted: added.rowCount ?? 0, deleted: surplus, differences };
  });
}

const columnNames = (columns: readonly Pick<CatalogColumn, 'name'>[]): ReadonlySet<string> => new Set(columns.map(({ name }) => name));
