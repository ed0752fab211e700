import type { LineageEdge, PlanCheck, PlanOutput, Relation } from '../plan';
import { compileColumns, type CopyColumn, conversionChecks } from './copy-table';
import type { DataColumn } from './data-columns';
import type { IncludedRow } from './included-rows';
import type { RecordScope } from './record-scope';
import { isCheckbox } from './redcap-columns';
import { checkboxBases } from './reports';
import { copyTable, evaluatedName, type TableOutput, type TableRules, unpivotedTable } from './table-output';
import { checkboxRows, planUnpivot, TICKED_CHOICE, type Unpivot } from './unpivot';

/** What one target table adds to the plan. */
export interface TablePlan {
  readonly relations: readonly Relation[];
  readonly outputs: readonly PlanOutput[];
  readonly checks: readonly PlanCheck[];
  readonly lineage: readonly LineageEdge[];
}

export interface TableContext {
  readonly scope: RecordScope;
  /** Relation of the records. */
  readonly source: string;
  readonly data: readonly DataColumn[];
  readonly rules: TableRules;
  /** Gains what is wrong with the table. */
  readonly faults: string[];
}

const NOTHING: TablePlan = { relations: [], outputs: [], checks: [], lineage: [] };

/** A table of the mapping. Columns without any source in the data are left out, and so is a table of such columns only. */
export function planTable(name: string, table: string, rows: readonly IncludedRow[], context: TableContext): TablePlan {
  const { scope, source, data, rules, faults } = context;
  const checkboxes = checkboxRows(rows, checkboxBases(data));
  const copied = rows.filter((row) => !checkboxes.includes(row) && row.fields.some((field) => isCopyColumn(field, scope)));
  const before = faults.length;
  const columns = compileColumns(copied, scope, faults);
  const unpivot = planUnpivot(checkboxes, rows, columns, data, faults);
  if (faults.length > before || columns.length === 0) return NOTHING;
  const checks = columns.flatMap(({ row, value }, index) =>
    conversionChecks({ row, value: { ...value, sql: `r${index}` } }, evaluatedName(name), 'record_id'),
  );
  const lineage = columns.map(lineageOf);
  if (!unpivot) return plan(copyTable(name, table, columns, scope, rules), checks, lineage);
  const output = unpivotedTable(name, table, columns, unpivot, scope, rules);
  return plan(output, [...checks, ...choiceChecks(unpivot, `${name}_ticked`, source, rules)], [...lineage, choiceLineage(unpivot)]);
}

function plan({ relations, output }: TableOutput, checks: readonly PlanCheck[], lineage: readonly LineageEdge[]): TablePlan {
  return { relations, outputs: [output], checks, lineage };
}

function isCopyColumn(field: string, scope: RecordScope): boolean {
  return !isCheckbox(field) && scope.field(field) !== undefined;
}

function choiceChecks({ row }: Unpivot, ticked: string, source: string, { recordId }: TableRules): PlanCheck[] {
  const from = `${ticked} c join ${source} r on r.ordinal = c.ordinal`;
  return conversionChecks({ row, value: TICKED_CHOICE }, from, `r.${recordId}`);
}

function lineageOf({ row, value }: CopyColumn): LineageEdge {
  const { table, column, expression } = row;
  return { table, column, sources: [...new Set(row.fields)], expression, sql: value.sql };
}

function choiceLineage({ row, choices }: Unpivot): LineageEdge {
  const { table, column, expression } = row;
  return { table, column, sources: choices.map(({ name }) => name), expression, sql: TICKED_CHOICE.sql };
}
