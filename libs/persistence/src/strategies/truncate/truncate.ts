import { qualifiedName } from '../../catalog/identifier';
import { atPlace } from '../../warehouse/translate-error';
import { insertRows } from '../insert/insert';
import type { TableWork, WrittenRows } from '../table-work';
import type { WriteStrategy } from '../write-strategy';

type Truncate = Extract<WriteStrategy, { kind: 'truncate' }>;

/**
 * Takes everything away and puts the staged rows in, in their order. The table stays the same object, with its views,
 * privileges, indexes and defaults. Without rows it keeps its content and warns, unless the strategy says otherwise.
 */
export async function truncateRows(work: TableWork, { onEmpty, lock = 'row' }: Truncate): Promise<WrittenRows> {
  if (work.rowCount() === 0 && onEmpty === 'keep') {
    return { inserted: 0, deleted: 0, differences: [], warnings: ['There were no rows, so the table keeps its content.'] };
  }
  // Readers wait from the emptying on, so the rows must be at hand by then.
  if (lock === 'table' && work.rowCount() > 0) await work.rows.relation();
  const deleted = await atPlace({ table: work.target.name }, () => (lock === 'table' ? emptyAtOnce(work) : deleteAll(work)));
  return { ...(await insertRows(work)), deleted };
}

/** Readers go on reading the old rows until the publication commits. */
async function deleteAll({ session, target }: TableWork): Promise<number> {
  return (await session.query(`delete from only ${qualifiedName(target.schema, target.name)}`)).rowCount ?? 0;
}

async function emptyAtOnce({ session, target }: TableWork): Promise<number> {
  const table = qualifiedName(target.schema, target.name);
  const { rows } = await session.query<{ rows: string }>(`select count(*)::text as rows from only ${table}`);
  await session.query(`truncate table only ${table}`);
  return Number(rows[0]?.rows);
}
