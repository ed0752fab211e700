import { quoteLiteral } from '../sql-text';
import type { Relation } from '../plan';
import type { DataColumn } from './data-columns';
import type { Compiled } from './expression-to-sql';
import type { CopyColumn } from './copy-table';
import type { IncludedRow } from './included-rows';
import { locate } from './mapping-file';
import { checkboxBase, isCheckbox } from './redcap-columns';

/** The name of a ticked checkbox column, in a query that calls the relation of ticked choices `c`. */
export const TICKED_CHOICE: Compiled = { sql: 'c.choice', type: 'string', depth: 0 };

/** A table with a checkbox column: one row per ticked choice. */
export interface Unpivot {
  readonly row: IncludedRow;
  /** The checkbox columns in data order. */
  readonly choices: readonly DataColumn[];
  /** Positions of the key columns among the table's copy columns. */
  readonly keys: readonly number[];
}

/** The rows of a table that mention a checkbox field of the data. */
export function checkboxRows(rows: readonly IncludedRow[], bases: ReadonlySet<string>): IncludedRow[] {
  return rows.filter((row) => row.fields.some((field) => bases.has(field)));
}

/**
 * How a table is unpivoted, or null when a fault was found: two checkbox fields, an expression around one, and keys that are
 * missing or are not fields of the data are faults of the mapping.
 */
export function planUnpivot(
  checkboxes: readonly IncludedRow[],
  table: readonly IncludedRow[],
  columns: readonly CopyColumn[],
  data: readonly DataColumn[],
  faults: string[],
): Unpivot | null {
  const [row, second] = checkboxes;
  if (!row) return null;
  const place = locate(row);
  const before = faults.length;
  if (second) faults.push(`${place} and ${locate(second)} are both checkbox fields; a table can hold one`);
  if (row.parsed.kind !== 'field')
    faults.push(`${place}: a checkbox field must be the whole expression, not part of ${JSON.stringify(row.expression)}`);
  const keyRows = table.filter((candidate) => candidate.primary && candidate !== row);
  if (keyRows.length === 0) faults.push(`${place}: a table with a checkbox field needs a key column (Primary = yes)`);
  for (const key of keyRows) {
    if (key.parsed.kind !== 'field') faults.push(`${locate(key)}: the key of a table with a checkbox field must be a plain field`);
    else if (!columns.some((column) => column.row === key))
      faults.push(`${locate(key)}: the key field "${key.expression}" is not in the data`);
  }
  if (faults.length > before) return null;
  const choices = data.filter(({ name }) => isCheckbox(name) && checkboxBase(name) === row.fields[0]);
  return { row, choices, keys: keyRows.map((key) => columns.findIndex((column) => column.row === key)) };
}

/**
 * One row per ticked choice of each distinct combination of keys and checkboxes: the keys `k0`, `k1`, …, the full name of the
 * checkbox column as `choice`, its `position`, and the `ordinal` of the combination.
 */
export function tickedChoices(name: string, { choices, keys }: Unpivot, columns: readonly CopyColumn[], source: string): Relation {
  const values = [
    ...keys.map((key, index) => `${columns[key]?.value.sql} as k${index}`),
    ...choices.map(({ sql }, index) => `${sql} as b${index}`),
  ];
  const keyNames = keys.map((_, index) => `k${index}`);
  const names = [...keyNames, ...choices.map((_, index) => `b${index}`)].join(', ');
  const ticked = choices.map(
    (column, index) =>
      `select ${keyNames.join(', ')}, ${quoteLiteral(column.name)} as choice, ${index} as position, ordinal from combinations where b${index} = '1'`,
  );
  const sql = `with combinations as materialized (
      select ${names}, min(ordinal) as ordinal from (select ${values.join(', ')}, ordinal from ${source}) group by ${names})
    ${ticked.join(' union all ')}`;
  return { kind: 'sql', name, sql };
}
