import { qualifiedName } from '../../catalog/identifier';
import { atPlace } from '../../warehouse/translate-error';
import { columnList, readFirstRows, type TableWork, type WrittenRows } from '../table-work';

/**
 * Puts the rows behind those that are there, in their order. Columns that are not staged take their default, which is null
 * without one. Copies straight into the target unless the rows lie beside it already or have to be shown.
 */
export async function insertRows(work: TableWork): Promise<WrittenRows> {
  const { session, target, columns, rows, differenceLimit } = work;
  if (work.rowCount() === 0) return { inserted: 0, deleted: 0, differences: [] };
  if (!rows.isStaged && differenceLimit === 0) {
    return { inserted: await rows.copyIntoTarget(), deleted: 0, differences: [] };
  }
  const relation = await rows.relation();
  return atPlace({ table: target.name }, async () => {
    const added = await session.query(
      `insert into ${qualifiedName(target.schema, target.name)} (${columnList(columns)}) overriding system value select ${columnList(columns)} from ${relation}`,
    );
    return { inserted: added.rowCount ?? 0, deleted: 0, differences: await readFirstRows(work, relation) };
  });
}
