import type { CatalogColumn, CatalogTable } from '../../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../../catalog/identifier';
import { atPlace } from '../../warehouse/translate-error';
import type { Session } from '../../warehouse/warehouse';
import { KeyMissingError } from '../../warehouse/warehouse-errors';
import { comparable } from '../comparable';
import { compareByKey } from '../merge/merge';
import { columnList, type TableWork, type WrittenRows } from '../table-work';
import type { WriteStrategy } from '../write-strategy';

type Upsert = Extract<WriteStrategy, { kind: 'upsert' }>;

/** Unique for rows whose keys are not null, at once and without exception, whatever the order of the columns. */
const FIND_KEY = `
  select from pg_catalog.pg_index i
   cross join lateral (
     select array_agg(a.attname::text) as names from unnest(i.indkey::int2[]) with ordinality k (number, place)
       join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number where k.place <= i.indnkeyatts) keys
   where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
     and coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'false'
     and keys.names @> $2::text[] and keys.names <@ $2::text[]`;

const DEFAULTS = `
  select a.attname as name, pg_get_expr(d.adbin, d.adrelid) as expression
    from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
   where d.adrelid = $1::oid`;

/**
 * Updates rows whose keys exist and inserts the others, writing only what differs. The caller keeps other writers out, so
 * that what was compared stays true.
 * @throws {KeyMissingError} when no index makes the keys unique
 */
export async function upsertRows(work: TableWork, { keys, updateMissing }: Upsert): Promise<WrittenRows> {
  const { session, target, columns } = work;
  const { rowCount: found } = await session.query(FIND_KEY, [target.oid, keys]);
  if (found === 0) throw new KeyMissingError(target.name, keys);
  if (work.rowCount() === 0) return { inserted: 0, updated: 0, deleted: 0, collapsed: 0, differences: [] };
  const missing = updateMissing === 'default' ? await missingColumns(session, target, columns) : [];
  return atPlace({ table: target.name }, async () => {
    const alsoDiffers = missing.map(({ column, expression }) => {
      const value = comparable(column, `t.${quoteIdentifier(column.name)}`);
      return `${value} is distinct from ${comparable(column, `(${expression})::${column.type}`)}`;
    });
    const changes = await compareByKey(work, { keys, alsoDiffers });
    const table = qualifiedName(target.schema, target.name);
    const assignments = [
      ...columns.flatMap(({ name }, index) => (keys.includes(name) ? [] : [`${quoteIdentifier(name)} = d.c${index}`])),
      ...missing.map(({ column }) => `${quoteIdentifier(column.name)} = default`),
    ];
    const updated =
      assignments.length === 0
        ? 0
        : (await session.query(`update only ${table} t set ${assignments.join(', ')} from ${changes.relation} d where t.ctid = d.place`))
            .rowCount;
    const added = await session.query(
      `insert into ${table} (${columnList(columns)}) overriding system value
       select ${columns.map((_, index) => `c${index}`).join(', ')} from ${changes.relation} where place is null`,
    );
    await session.query(`drop table ${changes.relation}`);
    const { collapsed, withoutKey, differences } = changes;
    const warnings =
      withoutKey === 0 ? [] : [`${withoutKey} rows have no value in a key column; they match nothing and were inserted as new rows.`];
    return { inserted: added.rowCount ?? 0, updated: updated ?? 0, deleted: 0, collapsed, warnings, differences };
  });
}

/** Columns that are not staged and that a write may set, with what they are set to. */
async function missingColumns(
  session: Session,
  target: CatalogTable,
  staged: readonly CatalogColumn[],
): Promise<{ readonly column: CatalogColumn; readonly expression: string }[]> {
  const { rows } = await session.query<{ name: string; expression: string }>(DEFAULTS, [target.oid]);
  const expressions = new Map(rows.map(({ name, expression }) => [name, expression]));
  const names = new Set(staged.map(({ name }) => name));
  return target.columns
    .filter(({ name, isManaged }) => !isManaged && !names.has(name))
    .map((column) => ({ column, expression: expressions.get(column.name) ?? 'null' }));
}
