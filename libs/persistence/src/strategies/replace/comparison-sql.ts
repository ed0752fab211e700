import type { CatalogColumn, CatalogTable } from '../../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../../catalog/identifier';
import { comparable } from '../comparable';

export interface ComparisonNames {
  readonly target: CatalogTable;
  /** Quoted relation with the new rows. */
  readonly staging: string;
  /** Its columns; the target's other columns become null. */
  readonly stagedColumns: ReadonlySet<string>;
  /** Quoted temporary table that receives the difference. */
  readonly difference: string;
}

/** The statements of one comparison. Pure text; every name comes from the catalog and is quoted. */
export interface ComparisonSql {
  /** Creates the difference: one line per distinct row whose number of copies differs, with `surplus` = new - old copies. */
  readonly compare: string;
  /** Copies that are too many in all. */
  readonly countSurplus: string;
  /** Deletes exactly the copies that are too many. */
  readonly remove: string;
  /** The same when no row stays. */
  readonly removeAll: string;
  /** Inserts exactly the copies that are missing. */
  readonly add: string;
  /** The difference in words: `surplus`, then the row's values as text in the order of `columns`; `$1` limits it. */
  readonly show: string;
  readonly columns: readonly CatalogColumn[];
}

/**
 * Compares two tables as multisets in one hash aggregation: new rows count +1, old rows -1, and what does not add up to
 * zero differs. Nulls equal nulls, and duplicates are counted. Values are compared exactly (see `Comparison`).
 */
export function comparisonSql({ target, staging, stagedColumns, difference }: ComparisonNames): ComparisonSql {
  const columns = writtenColumns(target, stagedColumns);
  const table = qualifiedName(target.schema, target.name);
  const keys = columns.map((_, index) => `c${index}`);
  const ofTarget = columns.map((column) => comparable(column, `t.${quoteIdentifier(column.name)}`));
  const ofStaging = columns.map((column) =>
    comparable(column, stagedColumns.has(column.name) ? `s.${quoteIdentifier(column.name)}` : `null::${column.type}`),
  );
  const sameRow = keys.map((key) => `d.${key} is not distinct from f.${key}`).join(' and ');
  return {
    columns,
    compare: `create temporary table ${difference} on commit drop as
      select row_number() over () as ordinal, hash_record_extended(row(${keys.join(', ')}), 0) as hash, counted.*
        from (select ${keys.join(', ')}, sum(copies) as surplus
                from (select ${named(ofStaging, keys)}, 1 as copies from ${staging} s
                      union all
                      select ${named(ofTarget, keys)}, -1 from only ${table} t) both_sides
               group by ${keys.join(', ')} having sum(copies) <> 0) counted`,
    countSurplus: `select coalesce(-sum(surplus), 0)::text as copies from ${difference} where surplus < 0`,
    removeAll: `delete from only ${table}`,
    // The hash finds the few candidates in one pass over the target; the values themselves decide.
    remove: `delete from only ${table} where ctid = any (array(
      select id from (
        select f.id, d.surplus, row_number() over (partition by d.ordinal) as copy
          from (select t.ctid as id, hash_record_extended(row(${ofTarget.join(', ')}), 0) as hash, ${named(ofTarget, keys)}
                  from only ${table} t
                 where hash_record_extended(row(${ofTarget.join(', ')}), 0) in (select hash from ${difference} where surplus < 0)) f
          join ${difference} d on d.surplus < 0 and d.hash = f.hash and ${sameRow}) numbered
       where copy <= -surplus))`,
    add: `insert into ${table} (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})
      select ${columns.map(({ type }, index) => `c${index}::${type}`).join(', ')}
        from ${difference}, generate_series(1, surplus) where surplus > 0`,
    show: `select surplus::text, ${keys.map((key) => `${key}::text`).join(', ')} from ${difference} order by ordinal limit $1`,
  };
}

/** Columns that a publication answers for: all but those the database fills on its own, unless they are staged. */
export const writtenColumns = (target: CatalogTable, stagedColumns: ReadonlySet<string>): readonly CatalogColumn[] =>
  target.columns.filter(({ name, isManaged }) => !isManaged || stagedColumns.has(name));

const named = (expressions: readonly string[], names: readonly string[]): string =>
  expressions.map((expression, index) => `${expression} as ${names[index]}`).join(', ');
