import type { CatalogTable } from '../../catalog/catalog';
import { isTypeAccepted } from '../../catalog/column-type';
import { qualifiedName } from '../../catalog/identifier';
import { atPlace } from '../../warehouse/translate-error';
import { CatalogMismatchError, LoadFailedError } from '../../warehouse/warehouse-errors';
import { compareByKey } from '../merge/merge';
import { columnList, type TableWork, type WrittenRows } from '../table-work';
import { IS_CURRENT, SCD2_COLUMNS, VALID_FROM, VALID_TO } from './scd2-columns';

/**
 * Keeps every version of a row: a staged row whose key is new begins one; one that differs from the current version of its
 * key ends that and begins another, both at the same instant; an equal one writes nothing. Keys that are not staged stay as
 * they are. Of several staged rows with one key the last counts.
 * @throws {CatalogMismatchError} when the table lacks the columns of versions
 * @throws {LoadFailedError} when a row has no value in a key
 */
export async function addVersions(work: TableWork, keys: readonly string[]): Promise<WrittenRows> {
  const { session, target, columns } = work;
  assertVersioned(target);
  if (work.rowCount() === 0) return { inserted: 0, updated: 0, deleted: 0, collapsed: 0, differences: [] };
  return atPlace({ table: target.name }, async () => {
    const changes = await compareByKey(work, { keys, among: `t.${IS_CURRENT}` });
    if (changes.withoutKey > 0) {
      throw new LoadFailedError(`Table "${target.name}" keeps versions by key, but ${changes.withoutKey} rows have no value in one.`, {
        table: target.name,
        rows: changes.withoutKey,
      });
    }
    const table = qualifiedName(target.schema, target.name);
    // Asked under the lock of the table: the transaction may have begun before an earlier publication committed.
    const { rows } = await session.query<{ now: string }>('select clock_timestamp()::text as now');
    const now = rows[0]?.now;
    const ended = await session.query(
      `update only ${table} t set ${VALID_TO} = $1, ${IS_CURRENT} = false from ${changes.relation} d where t.ctid = d.place`,
      [now],
    );
    const begun = await session.query(
      `insert into ${table} (${columnList(columns)}, ${VALID_FROM}, ${VALID_TO}, ${IS_CURRENT}) overriding system value
       select ${columns.map((_, index) => `c${index}`).join(', ')}, $1::timestamptz, null, true from ${changes.relation}`,
      [now],
    );
    await session.query(`drop table ${changes.relation}`);
    const { collapsed, differences } = changes;
    return { inserted: begun.rowCount ?? 0, updated: ended.rowCount ?? 0, deleted: 0, collapsed, differences };
  });
}

/** Makes sure of one current version per key, once the first rows are in. */
export async function indexCurrentVersions({ session, target }: TableWork, keys: readonly string[]): Promise<void> {
  const list = columnList(keys.map((name) => ({ name })));
  await session.query(`create unique index on ${qualifiedName(target.schema, target.name)} (${list}) where ${IS_CURRENT}`);
}

function assertVersioned(target: CatalogTable): void {
  const types = new Map(target.columns.map(({ name, type }) => [name, type]));
  const problems = SCD2_COLUMNS.filter(({ name, type }) => !isTypeAccepted(type, types.get(name) ?? ''));
  if (problems.length === 0) return;
  throw new CatalogMismatchError(
    target.schema,
    problems.map(({ name, type }) => `"${target.name}"."${name}" (${type})`),
  );
}
