import type { Column } from '@app/platform';
import type { PlanOutput, Relation } from '../plan';
import { type CopyColumn, depthOf, distinctRows, evaluatedRows } from './copy-table';
import type { RecordScope } from './record-scope';
import { convertOutput, type OutputRules } from './output-conversion';
import { TICKED_CHOICE, tickedChoices, type Unpivot } from './unpivot';

export interface TableRules extends OutputRules {
  /** Whether a record without a ticked choice keeps its row. */
  readonly keepUnchecked: boolean;
  /** A query that answers true when no two records can give equal rows of a table that holds the record id. */
  readonly uniqueRecords: string;
  /** The record id in SQL. */
  readonly recordId: string;
}

export interface TableOutput {
  readonly relations: readonly Relation[];
  readonly output: PlanOutput;
}

/** A table without checkboxes: the distinct rows, converted for output, in order of first appearance. */
export function copyTable(name: string, table: string, columns: readonly CopyColumn[], scope: RecordScope, rules: TableRules): TableOutput {
  const evaluated = evaluatedRows(evaluatedName(name), columns, scope, rules.recordId);
  const distinct = distinctRows(`${name}_distinct`, columns, evaluated.name);
  const cells = converted(columns, rules).join(', ');
  const sql = `select ${cells} from ${distinct.name} order by ordinal`;
  const shortcut = shortcutOf(columns, `select ${cells} from ${evaluated.name}`, rules);
  return {
    relations: [evaluated, distinct, { kind: 'sql', name, sql, ...(shortcut && { shortcut }) }],
    output: { table: { name: table, columns: columns.map(({ row }) => ({ name: row.column, type: row.type })) }, relation: name },
  };
}

/** Relation of a table's evaluated rows. */
export function evaluatedName(name: string): string {
  return `${name}_evaluated`;
}

/** A table with a checkbox column: keys, the choice, then the other columns; one row per row of the table and ticked choice. */
export function unpivotedTable(
  name: string,
  table: string,
  columns: readonly CopyColumn[],
  unpivot: Unpivot,
  scope: RecordScope,
  rules: TableRules,
): TableOutput {
  const evaluated = evaluatedRows(evaluatedName(name), columns, scope, rules.recordId);
  const distinct = distinctRows(`${name}_distinct`, columns, evaluated.name);
  const ticked = tickedChoices(`${name}_ticked`, unpivot, columns, scope.relation(0));
  const cells = converted(columns, rules);
  const others = columns.map((_, index) => index).filter((index) => !unpivot.keys.includes(index));
  const choice = convertOutput(TICKED_CHOICE, unpivot.row.type, rules);
  const on = unpivot.keys.map((key, index) => `r${key} = c.k${index}`).join(' and ');
  const ordered = [...pick(cells, unpivot.keys), choice, ...pick(cells, others)];
  const sql = `select ${ordered.join(', ')} from ${distinct.name} t ${rules.keepUnchecked ? 'left join' : 'join'} ${ticked.name} c on ${on}
    order by t.ordinal, c.ordinal, c.position`;
  const rows = [...pick(columns, unpivot.keys).map(({ row }) => row), unpivot.row, ...pick(columns, others).map(({ row }) => row)];
  return {
    relations: [evaluated, distinct, ticked, { kind: 'sql', name, sql }],
    output: { table: { name: table, columns: rows.map((row): Column => ({ name: row.column, type: row.type })) }, relation: name },
  };
}

/** Skips the search for equal rows where none can be; the common case of one row per record. */
function shortcutOf(columns: readonly CopyColumn[], sql: string, rules: TableRules): { when: string; sql: string } | null {
  if (!columns.some(({ value }) => value.sql === rules.recordId)) return null;
  // The records themselves lie in order; joined ones have to be put in order again.
  return { when: rules.uniqueRecords, sql: depthOf(columns) === 0 ? sql : `${sql} order by ordinal` };
}

function converted(columns: readonly CopyColumn[], rules: OutputRules): string[] {
  return columns.map(({ row, value }, index) => convertOutput({ ...value, sql: `r${index}` }, row.type, rules));
}

function pick<T>(items: readonly T[], positions: readonly number[]): T[] {
  return positions.flatMap((position) => items.slice(position, position + 1));
}
