import { SourceDataInvalidError } from '../source.errors';
import type { FlatRow } from './flat-row';
import type { RedcapConfig } from './redcap.config';

/** The entries of a data dictionary, or an error that says what it lacks. */
export function checkDictionary(rows: readonly FlatRow[], recordIdField: string): readonly FlatRow[] {
  if (rows.length === 0) throw new SourceDataInvalidError('The data dictionary is empty.');
  const unnamed = rows.findIndex((row) => typeof row['field_name'] !== 'string' || row['field_name'] === '');
  if (unnamed !== -1) throw new SourceDataInvalidError(`Entry ${unnamed + 1} of the data dictionary has no field_name.`);
  if (!rows.some((row) => row['field_name'] === recordIdField)) {
    throw new SourceDataInvalidError(`The data dictionary has no field ${recordIdField}, the record id field.`);
  }
  return rows;
}

/**
 * The fields to ask for, in groups of at most `maxFieldsPerRequest`, each led by the record id field; `[null]` when one
 * request without a field list does. A field the dictionary lacks is left out: REDCap refuses a whole request for it.
 */
export function fieldGroups(dictionary: readonly FlatRow[], config: RedcapConfig): readonly (readonly string[] | null)[] {
  const { fields, recordIdField, maxFieldsPerRequest } = config;
  const exportable = exportableFields(dictionary);
  if (fields === undefined && exportable.size <= maxFieldsPerRequest) return [null];
  const wanted = fields === undefined ? exportable : wantedFields(exportable, fields, config.fieldPrefixes);
  const others = [...wanted].filter((field) => field !== recordIdField);
  const perGroup = maxFieldsPerRequest - 1;
  const groups = Array.from({ length: Math.max(1, Math.ceil(others.length / perGroup)) }, (_, index) =>
    others.slice(index * perGroup, (index + 1) * perGroup),
  );
  return groups.map((group) => [recordIdField, ...group]);
}

/** Every field a record export may hold, in its order: a form's fields, then the form's completion status. */
function exportableFields(dictionary: readonly FlatRow[]): ReadonlySet<string> {
  const fields = new Set<string>();
  dictionary.forEach((row, index) => {
    const form = row['form_name'] ?? '';
    if (row['field_type'] !== 'descriptive') fields.add(row['field_name'] ?? '');
    if (form !== '' && form !== dictionary[index + 1]?.['form_name']) fields.add(`${form}_complete`);
  });
  return fields;
}

function wantedFields(exportable: ReadonlySet<string>, fields: readonly string[], prefixes: readonly string[]): ReadonlySet<string> {
  const bases = fields.map((field) => (exportable.has(field) ? field : (field.split('___', 1)[0] ?? field)));
  const prefixed = [...exportable].filter((field) => prefixes.some((prefix) => field.startsWith(prefix)));
  return new Set([...bases.filter((field) => exportable.has(field)), ...prefixed]);
}
