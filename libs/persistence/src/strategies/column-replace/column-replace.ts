import type { CatalogColumn } from '../../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../../catalog/identifier';
import { atPlace } from '../../warehouse/translate-error';
import { LoadFailedError } from '../../warehouse/warehouse-errors';
import { columnList, readFirstRows, type TableWork, type WrittenRows } from '../table-work';

/** Types whose values a person can type the same way twice. */
const KEY_TYPE = /^(integer|bigint|text|character varying(\(\d+\))?)$/;

/** Whether a column of this type, as the catalog writes it, can tell rows apart in a column update. */
export const isKeyType = (type: string): boolean => KEY_TYPE.test(type);

/**
 * Deletes every row whose key is among those of the staged rows, then inserts all staged rows, those with equal keys
 * included. Integers are compared as numbers and texts byte by byte, each column by its own type; a null key deletes nothing.
 * @throws {LoadFailedError} for a key column that is missing, not staged, or of a type that cannot be one
 */
export async function replaceByKey(work: TableWork, key: readonly string[]): Promise<WrittenRows> {
  const { session, target } = work;
  const keyColumns = key.map((name) => findKeyColumn(work, name));
  if (work.rowCount() === 0) return { inserted: 0, deleted: 0, differences: [] };
  const staging = await work.rows.relation();
  const table = qualifiedName(target.schema, target.name);
  const columns = columnList(work.columns);
  const keys = columnList(keyColumns);
  return atPlace({ table: target.name }, async () => {
    const removed = await session.query(
      `delete from only ${table} t using (select distinct ${keys} from ${staging}) k where ${keyColumns.map(sameKey).join(' and ')}`,
    );
    const added = await session.query(`insert into ${table} (${columns}) select ${columns} from ${staging}`);
    return { inserted: added.rowCount ?? 0, deleted: removed.rowCount ?? 0, differences: await readFirstRows(work, staging) };
  });
}

function findKeyColumn({ target, columns }: TableWork, name: string): CatalogColumn {
  const column = columns.find((candidate) => candidate.name === name);
  if (column && isKeyType(column.type)) return column;
  throw new LoadFailedError(`Table "${target.name}" cannot be updated by column "${name}": it must be an integer or text column of both.`, {
    table: target.name,
    column: name,
  });
}

function sameKey({ name, comparison }: CatalogColumn): string {
  const quoted = quoteIdentifier(name);
  return comparison === 'binary' ? `t.${quoted} = k.${quoted} collate "C"` : `t.${quoted} = k.${quoted}`;
}
