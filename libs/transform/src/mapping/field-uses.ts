import { NAME_TABLE, REVIEWER_TABLE } from '../schema/fixed-tables';
import { type IncludedRow, loadIncludedRows } from './included-rows';
import { checkboxBase, isCheckbox, REVIEWER_PREFIX } from './redcap-columns';

/** A column of a target table that the sync fills from a field of the source. */
export interface FieldUse {
  /** Position in the mapping file, counted from 1; null in a table that the sync makes by itself. */
  readonly row: number | null;
  readonly table: string;
  readonly column: string;
  /** As the mapping has it. */
  readonly expression: string;
}

type UsingRow = Pick<IncludedRow, 'row' | 'table' | 'column' | 'expression' | 'fields'>;

/** Which columns the fields of a project feed. Rows of the mapping that are not included use nothing. */
export class FieldUses {
  private readonly byField = new Map<string, FieldUse[]>();
  private readonly labelled = new Set<string>();

  constructor(rows: readonly UsingRow[]) {
    for (const { row, table, column, expression, fields } of rows) {
      for (const field of new Set(fields.map(baseField))) this.add(field, { row, table, column, expression });
      if (fields[0] !== undefined) this.labelled.add(fields[0]);
    }
  }

  /** The columns filled from a field of the dictionary, in mapping order; a checkbox field stands for all of its columns. */
  of(field: string): readonly FieldUse[] {
    if (!field.startsWith(REVIEWER_PREFIX)) return this.byField.get(field) ?? [];
    const made = { row: null, table: REVIEWER_TABLE.name, column: 'reviewer', expression: `${REVIEWER_PREFIX}*` };
    return [...(this.byField.get(field) ?? []), made];
  }

  /** Where the labels of the field's choices go. */
  ofLabels(field: string): readonly FieldUse[] {
    if (!this.labelled.has(field)) return [];
    return [{ row: null, table: NAME_TABLE.name, column: 'description', expression: 'choices of the data dictionary' }];
  }

  private add(field: string, use: FieldUse): void {
    this.byField.set(field, [...(this.byField.get(field) ?? []), use]);
  }
}

/** Reads a `mapping.json`. @throws {MappingInvalidError} naming every fault; {InputInvalidError} when there is no such file. */
export async function loadFieldUses(mappingPath: string): Promise<FieldUses> {
  return new FieldUses(await loadIncludedRows(mappingPath));
}

const baseField = (name: string): string => (isCheckbox(name) ? checkboxBase(name) : name);
