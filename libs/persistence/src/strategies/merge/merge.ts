import { quoteIdentifier } from '../../catalog/identifier';
import { readDifferences, type RowDifference, type TableWork } from '../table-work';
import { mergeSql, type MergeNames, type MergeSql } from './merge-sql';

export interface MergeChanges {
  /** Quoted temporary table, as `MergeSql.compare` creates it. Dropped by `endMerge`. */
  readonly relation: string;
  /** Rows that a later one with the same key took the place of. */
  readonly collapsed: number;
  /** Rows without a value in some key. */
  readonly withoutKey: number;
  /** What a dry run shows. */
  readonly differences: readonly RowDifference[];
}

type MergeOptions = Pick<MergeNames, 'keys' | 'among' | 'alsoDiffers'>;

/** Collapses the staged rows and finds in one pass which of them are not there as they are. */
export async function compareByKey(work: TableWork, options: MergeOptions): Promise<MergeChanges> {
  const { session, target, columns, differenceLimit } = work;
  const relation = `pg_temp.${quoteIdentifier(`tributary_changes_${work.ordinal}`)}`;
  const sql = mergeSql({ target, staging: await work.rows.relation(), columns, changes: relation, ...options });
  const withoutKey = hasOptionalKey(work, options.keys) ? await countWithoutKey(work, sql) : 0;
  const { rowCount: collapsed } = await session.query(sql.collapse);
  await session.query(sql.compare);
  const names = columns.map(({ name }) => name);
  const differences = await readDifferences(session, sql.show, names, differenceLimit);
  return { relation, collapsed: collapsed ?? 0, withoutKey, differences };
}

async function countWithoutKey({ session }: TableWork, { countWithoutKey }: MergeSql): Promise<number> {
  const { rows } = await session.query<{ rows: string }>(countWithoutKey);
  return Number(rows[0]?.rows);
}

const hasOptionalKey = ({ columns }: TableWork, keys: readonly string[]): boolean =>
  columns.some(({ name, isNullable }) => isNullable && keys.includes(name));
