import type { DataColumn } from './data-columns';
import type { IncludedRow } from './included-rows';
import { checkboxBase, isCheckbox } from './redcap-columns';

export interface MappingReports {
  /** Columns of the data that no included expression mentions; checkbox columns by their field. Sorted. */
  readonly unknown: readonly string[];
  /** Fields that an included expression mentions and the data lacks. Sorted. */
  readonly missing: readonly string[];
}

export function mappingReports(rows: readonly IncludedRow[], columnNames: readonly string[]): MappingReports {
  const known = new Set(columnNames.map((name) => (isCheckbox(name) ? checkboxBase(name) : name)));
  const mentioned = new Set(rows.flatMap((row) => row.fields));
  return {
    unknown: [...known].filter((name) => !mentioned.has(name)).sort(),
    missing: [...mentioned].filter((name) => !known.has(name)).sort(),
  };
}

/** The checkbox fields of the data, by name. */
export function checkboxBases(columns: readonly Pick<DataColumn, 'name'>[]): Set<string> {
  return new Set(columns.filter(({ name }) => isCheckbox(name)).map(({ name }) => checkboxBase(name)));
}
