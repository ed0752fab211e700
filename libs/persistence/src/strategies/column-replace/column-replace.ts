import type { StagedTable } from '@app/platform';
import type { CatalogColumn, CatalogTable } from '../../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../../catalog/identifier';
import { fillTemporary } from '../../copy/staging-tables';
import { atPlace } from '../../warehouse/translate-error';
import type { Session } from '../../warehouse/warehouse';
import { LoadFailedError } from '../../warehouse/warehouse-errors';
import type { RowChange } from '../append/append';

const STAGING = 'tributary_upload';
/** Types whose values a person can type the same way twice. */
const KEY_TYPE = /^(integer|bigint|text|character varying(\(\d+\))?)$/;

/** Whether a column of this type, as the catalog writes it, can tell rows apart in a column update. */
export const isKeyType = (type: string): boolean => KEY_TYPE.test(type);

/**
 * Deletes every row whose key is among those of the staged rows, then inserts all staged rows, those with equal keys
 * included. Integers are compared as numbers and texts byte by byte, each column by its own type; a null key deletes nothing.
 * @throws {LoadFailedError} for a key column that is missing, not staged, or of a type that cannot be one
 */
export async function replaceByKey(
  session: Session,
  target: CatalogTable,
  staged: StagedTable,
  key: readonly string[],
  signal: AbortSignal,
): Promise<RowChange> {
  const keyColumns = key.map((name) => findKeyColumn(target, staged, name));
  if (staged.rows === 0) return { inserted: 0, deleted: 0 };
  const staging = await fillTemporary(session, STAGING, staged, target, signal);
  const table = qualifiedName(target.schema, target.name);
  const columns = staged.table.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const keys = keyColumns.map(({ name }) => quoteIdentifier(name)).join(', ');
  return atPlace({ table: target.name }, async () => {
    const removed = await session.query(
      `delete from only ${table} t using (select distinct ${keys} from ${staging}) k where ${keyColumns.map(sameKey).join(' and ')}`,
    );
    const added = await session.query(`insert into ${table} (${columns}) select ${columns} from ${staging}`);
    return { inserted: added.rowCount ?? 0, deleted: removed.rowCount ?? 0 };
  });
}

function findKeyColumn(target: CatalogTable, staged: StagedTable, name: string): CatalogColumn {
  const column = target.columns.find((candidate) => candidate.name === name);
  const isStaged = staged.table.columns.some((candidate) => candidate.name === name);
  if (column && isStaged && isKeyType(column.type)) return column;
  throw new LoadFailedError(`Table "${target.name}" cannot be updated by column "${name}": it must be an integer or text column of both.`, {
    table: target.name,
    column: name,
  });
}

function sameKey({ name, comparison }: CatalogColumn): string {
  const quoted = quoteIdentifier(name);
  return comparison === 'binary' ? `t.${quoted} = k.${quoted} collate "C"` : `t.${quoted} = k.${quoted}`;
}
