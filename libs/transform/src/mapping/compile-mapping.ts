import type { InputFile, Plan } from '../plan';
import { MappingInvalidError } from '../transform.errors';
import { BASE, baseRecords } from './base-records';
import type { DictionaryEntry } from './dictionary';
import { addIdentifiers } from './identifiers';
import type { IncludedRow } from './included-rows';
import type { MappedType } from './mapped-type';
import { nameTable } from './name-table';
import { planTable, type TablePlan } from './plan-table';
import { RecordScope } from './record-scope';
import { checkboxBase, isCheckbox, REPEAT_INSTANCE, REPEAT_INSTRUMENT, REVIEWER_PREFIX } from './redcap-columns';
import { mappingReports } from './reports';
import { reviewerTable } from './reviewer-table';
import type { SideFile } from './side-file';
import { joinSideFiles } from './side-joins';
import type { TableRules } from './table-output';

export interface MappingInputs {
  readonly rows: readonly IncludedRow[];
  /** The types of fields, as the whole mapping has them. */
  readonly types: ReadonlyMap<string, MappedType>;
  readonly recordFiles: readonly InputFile[];
  /** Union over all record files, in order of first appearance; holds the record id. */
  readonly recordColumns: readonly string[];
  readonly dictionary: readonly DictionaryEntry[];
  /** Auxiliary files, then filters, then blocks, each by name. */
  readonly sideFiles: readonly SideFile[];
  readonly recordIdField: string;
  readonly nullTokensInText: boolean;
  readonly keepUnchecked: boolean;
}

/** Compiles a mapping to a plan. Pure. @throws {MappingInvalidError} naming every fault that shows only together with the data. */
export function compileMapping(inputs: MappingInputs): Plan {
  const { rows } = inputs;
  const base = baseRecords(inputs.recordFiles, wantedColumns(inputs), inputs.types);
  const records = joinSideFiles(inputs.sideFiles, base.columns);
  const scope = new RecordScope(records.source, records.columns);
  const recordId = base.columns.find(({ name }) => name === inputs.recordIdField)?.sql ?? 'null';
  const uniqueRecords = `select count(*) = count(distinct ${recordId}) from ${records.source}`;
  const rules: TableRules = { ...inputs, recordId, uniqueRecords };

  const faults: string[] = [];
  const dataNames = [...new Set([...inputs.recordColumns, ...records.columns.map(({ name }) => name)])];
  const idNames = addIdentifiers(rows, scope, dataNames, faults);
  const tables = [...byTable(rows)].map(([table, tableRows], index) =>
    planTable(`table_${index}`, table, tableRows, { scope, source: records.source, data: records.columns, rules, faults }),
  );
  if (faults.length > 0) throw new MappingInvalidError(faults);

  const planned: TablePlan[] = [...tables, ...reviewerTable(records.columns, records.source, rules)];
  const names = nameTable(rows, inputs.dictionary, rules);
  return {
    relations: [
      ...base.relations,
      ...records.relations,
      ...scope.relations(),
      ...planned.flatMap(({ relations }) => relations),
      ...names.relations,
    ],
    outputs: [...planned.flatMap(({ outputs }) => outputs), ...names.outputs],
    checks: [...scope.checks, ...planned.flatMap(({ checks }) => checks)],
    issues: names.issues,
    populationSql: `select count(*) from ${BASE}`,
    lineage: [...planned.flatMap(({ lineage }) => lineage), ...names.lineage],
    reports: { ...mappingReports(rows, [...dataNames, ...idNames]) },
  };
}

/** The columns that anything in the plan looks at; a project may have many times as many. */
function wantedColumns({ rows, recordColumns, recordIdField, sideFiles }: MappingInputs): string[] {
  const named = new Set([
    ...rows.flatMap((row) => row.fields),
    ...sideFiles.flatMap((side) => side.columns),
    ...[recordIdField, REPEAT_INSTRUMENT, REPEAT_INSTANCE],
  ]);
  return recordColumns.filter(
    (name) => named.has(name) || name.startsWith(REVIEWER_PREFIX) || (isCheckbox(name) && named.has(checkboxBase(name))),
  );
}

/** In order of each table's first row. */
function byTable(rows: readonly IncludedRow[]): Map<string, IncludedRow[]> {
  const tables = new Map<string, IncludedRow[]>();
  for (const row of rows) tables.set(row.table, [...(tables.get(row.table) ?? []), row]);
  return tables;
}
