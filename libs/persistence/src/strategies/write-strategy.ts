/**
 * What becomes of a table's rows. All of them write in the one transaction of the publication; none touches anything when
 * there are no rows, except where it says so.
 *
 * - `replace`: the table holds exactly the staged rows; only rows that differ are written. Columns that are not staged become
 *   null. No rows empty the table, within the shrink brake.
 * - `truncate`: everything out, everything in, without a brake. Columns that are not staged take their default. `lock` is
 *   `row` by default: readers never wait, and the old rows' space is free for the next publication; `table` gives the space
 *   back at once, but readers wait while the new rows are written.
 * - `insert`: behind what is there; the table must exist. Columns that are not staged take their default.
 * - `append`: the same; makes the table when it is missing.
 * - `upsert`: rows whose keys exist are updated, the others inserted; the table must exist, with a primary key or unique index
 *   over exactly the keys. The last of several rows with one key counts; a null key never matches.
 * - `scd2`: every version of a row stays.
 * - `key`: rows that share the staged rows' values in `columns` go out, then all staged rows go in, those with equal keys too.
 */
export type WriteStrategy =
  | { readonly kind: 'replace' }
  | { readonly kind: 'truncate'; readonly onEmpty: 'keep' | 'truncate'; readonly lock?: 'row' | 'table' }
  | { readonly kind: 'insert' }
  | { readonly kind: 'append' }
  | {
      readonly kind: 'upsert';
      readonly keys: readonly string[];
      /** What an update makes of columns that are not staged: leaves them alone, or resets them. */
      readonly updateMissing: 'keep' | 'default';
    }
  | { readonly kind: 'scd2'; readonly keys: readonly string[] }
  | { readonly kind: 'key'; readonly columns: readonly string[] };

/**
 * What happens to staged columns that an existing table lacks.
 *
 * - `freeze` (default): the publication is refused, with every difference.
 * - `evolve`: the columns are added, nullable, in the publishing transaction.
 * - `discard_value`: they are left out.
 * - `discard_row`: rows that hold a value in one of them are left out.
 */
export type SchemaEvolution = 'evolve' | 'freeze' | 'discard_row' | 'discard_value';

/** An index that a table has after the publication; made after its rows are in, unless there is an equal one. */
export interface TableIndex {
  readonly columns: readonly string[];
  /** `plain` by default. */
  readonly kind?: 'plain' | 'unique' | 'primary';
}

export const DEFAULT_STRATEGY: WriteStrategy = { kind: 'replace' };
