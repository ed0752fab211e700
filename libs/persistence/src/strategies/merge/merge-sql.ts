import type { CatalogColumn, CatalogTable } from '../../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../../catalog/identifier';
import { comparable } from '../comparable';

export interface MergeNames {
  readonly target: CatalogTable;
  /** Quoted relation with the new rows. */
  readonly staging: string;
  /** Of the target: those with staged values. */
  readonly columns: readonly CatalogColumn[];
  /** Among the columns; they find the row that is there. */
  readonly keys: readonly string[];
  /** Rows of the target that can be found, as a condition on `t`; all without one. */
  readonly among?: string;
  /** What else makes a row that is there differ, as conditions on `t`. */
  readonly alsoDiffers?: readonly string[];
  /** Quoted temporary table that receives what is to be done. */
  readonly changes: string;
}

/** The statements that find what a merge has to do. Pure text; every name comes from the catalog and is quoted. */
export interface MergeSql {
  /** Rows without a value in some key. */
  readonly countWithoutKey: string;
  /** Leaves of several rows with one key the last one. */
  readonly collapse: string;
  /**
   * Creates the changes: staged rows that are not there as they are, their values in `c0`, `c1`, … in the order of the columns,
   * and in `place` where the row of their key is, null when it is nowhere.
   */
  readonly compare: string;
  /** The changes in words: -1 with the old values or 1 with the new ones, as text; `$1` limits them. */
  readonly show: string;
}

export function mergeSql({ target, staging, columns, keys, among, alsoDiffers = [], changes }: MergeNames): MergeSql {
  const table = qualifiedName(target.schema, target.name);
  const names = keys.map(quoteIdentifier);
  const sameKey = (left: string, right: string): string => names.map((name) => `${left}.${name} = ${right}.${name}`).join(' and ');
  const compared = columns.filter(({ name }) => !keys.includes(name));
  const differs = compared.map((column) => {
    const name = quoteIdentifier(column.name);
    return `${comparable(column, `t.${name}`)} is distinct from ${comparable(column, `s.${name}`)}`;
  });
  const old = columns.map(({ name }) => `t.${quoteIdentifier(name)}::text`);
  return {
    countWithoutKey: `select count(*)::text as rows from ${staging} where ${names.map((name) => `${name} is null`).join(' or ')}`,
    // Rows were copied into a relation of their own, so they lie in it in their order.
    collapse: `delete from ${staging} s using (
        select ${names.join(', ')}, max(ctid) as last from ${staging}
         where ${names.map((name) => `${name} is not null`).join(' and ')} group by ${names.join(', ')} having count(*) > 1) d
      where ${sameKey('s', 'd')} and s.ctid <> d.last`,
    compare: `create temporary table ${changes} on commit drop as
      select t.ctid as place, ${columns.map(({ name }, index) => `s.${quoteIdentifier(name)} as c${index}`).join(', ')}
        from ${staging} s left join only ${table} t on ${[sameKey('s', 't'), ...(among === undefined ? [] : [among])].join(' and ')}
       where ${['t.ctid is null', ...differs, ...alsoDiffers].join(' or ')}`,
    show: `select change, ${columns.map((_, index) => `v${index}`).join(', ')} from (
        select '-1' as change, ${old.map((value, index) => `${value} as v${index}`).join(', ')} from only ${table} t join ${changes} d on d.place = t.ctid
        union all
        select '1', ${columns.map((_, index) => `c${index}::text`).join(', ')} from ${changes}) both_sides limit $1`,
  };
}
