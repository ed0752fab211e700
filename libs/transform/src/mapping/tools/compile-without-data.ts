import type { Plan } from '../../plan';
import { MappingInvalidError } from '../../transform.errors';
import { readChoices } from '../choices';
import { compileMapping } from '../compile-mapping';
import type { DictionaryEntry } from '../dictionary';
import { fieldTypes, type IncludedRow } from '../included-rows';
import { CHECKBOX_SEPARATOR } from '../redcap-columns';

export interface ImaginedData {
  /** The whole mapping, which gives the fields their types. */
  readonly rows: readonly IncludedRow[];
  /** Tells which fields are checkboxes; empty when it is not known. */
  readonly dictionary: readonly DictionaryEntry[];
  readonly recordIdField: string;
}

/** Every fault that shows when rows are compiled as for data that has every field they mention. */
export function faultsWithoutData(rows: readonly IncludedRow[], data: Omit<ImaginedData, 'rows'>): readonly string[] {
  try {
    compileWithoutData(rows, { rows, ...data });
    return [];
  } catch (error) {
    if (!(error instanceof MappingInvalidError)) throw error;
    return error.faults;
  }
}

/** Compiles rows as for data that has every field they mention. @throws {MappingInvalidError} */
export function compileWithoutData(rows: readonly IncludedRow[], { rows: mapping, dictionary, recordIdField }: ImaginedData): Plan {
  const ids = generatedIds(mapping);
  const entries = new Map(dictionary.map((entry) => [entry.field_name, entry]));
  const fields = rows.flatMap((row) => row.fields).filter((field) => !ids.has(field));
  return compileMapping({
    rows,
    types: fieldTypes(mapping),
    recordFiles: [],
    recordColumns: [...new Set([recordIdField, ...fields.flatMap((field) => columnsOf(field, entries.get(field)))])],
    dictionary,
    sideFiles: [],
    recordIdField,
    nullTokensInText: true,
    keepUnchecked: false,
  });
}

/** Target columns that hold generated ids; expressions may mention them like fields. */
export function generatedIds(rows: readonly IncludedRow[]): ReadonlySet<string> {
  return new Set(rows.filter(({ parsed }) => parsed.kind === 'generate-id').map(({ column }) => column));
}

function columnsOf(field: string, entry: DictionaryEntry | undefined): string[] {
  if (entry?.field_type !== 'checkbox') return [field];
  return readChoices(entry.select_choices_or_calculations ?? '').map(({ code }) => `${field}${CHECKBOX_SEPARATOR}${code}`);
}
