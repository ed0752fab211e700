import { MappingInvalidError } from '../../transform.errors';
import { type DictionaryEntry, parseEntry } from '../dictionary';
import { type IncludedRow, parseIncludedRows } from '../included-rows';
import { checkMapping, locate, readMappingText } from '../mapping-file';
import { checkboxBase, isCheckbox } from '../redcap-columns';
import { faultsWithoutData, generatedIds } from './compile-without-data';
import { readItems } from './json-objects';

/** Fields that REDCap adds to every export of a project that repeats, has events or groups; no dictionary lists them. */
const EXPORT_PREFIX = 'redcap_';
/** Every form has a field of its completion status, which no dictionary lists either. */
const COMPLETION_SUFFIX = '_complete';

export interface InspectMappingRequest {
  readonly mappingPath: string;
  /** The data dictionary as a JSON array; null to check the mapping alone. */
  readonly dictionaryPath: string | null;
  readonly recordIdField: string;
  readonly signal: AbortSignal;
}

export interface MappingInspection {
  /** Usable rows and their tables. */
  readonly rows: number;
  readonly tables: number;
  /** Each names its row; any one would stop a sync. */
  readonly faults: readonly string[];
  /** Fields of the sync that the dictionary lacks, each with the first row that mentions it. */
  readonly warnings: readonly string[];
}

/**
 * Finds everything that is wrong with a `mapping.json`: its rows, their expressions, and how they fit together. With a
 * dictionary, also how its checkbox fields are used and which fields it lacks.
 *
 * @throws {InputInvalidError}, {JsonArrayInvalidError} or {SourceDataInvalidError} when a file cannot be read
 */
export async function inspectMapping(request: InspectMappingRequest): Promise<MappingInspection> {
  const { mappingPath, dictionaryPath, recordIdField, signal } = request;
  const text = await readMappingText(mappingPath);
  const dictionary = dictionaryPath === null ? null : await readDictionary(dictionaryPath, signal);
  const faults: string[] = [];
  const checked = collecting(faults, () => checkMapping(text));
  const rows = checked?.rows ?? [];
  faults.push(...(checked?.faults ?? []));
  const included = parseIncludedRows(rows, faults);
  faults.push(...faultsWithoutData(included, { dictionary: dictionary ?? [], recordIdField }));
  return {
    rows: rows.length,
    tables: new Set(rows.map(({ table }) => table)).size,
    faults,
    warnings: dictionary === null ? [] : lackingFields(included, dictionary),
  };
}

async function readDictionary(path: string, signal: AbortSignal): Promise<DictionaryEntry[]> {
  const entries: DictionaryEntry[] = [];
  for await (const { text, ordinal } of readItems(path, signal)) entries.push(parseEntry(text, ordinal));
  return entries;
}

/** Answers null for a mapping that cannot be used, and adds what is wrong with it to the faults. */
function collecting<T>(faults: string[], work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MappingInvalidError)) throw error;
    faults.push(...error.faults);
    return null;
  }
}

function lackingFields(rows: readonly IncludedRow[], dictionary: readonly DictionaryEntry[]): string[] {
  const known = new Set([
    ...generatedIds(rows),
    ...dictionary.flatMap(({ field_name, form_name }) => [field_name, ...(form_name ? [form_name + COMPLETION_SUFFIX] : [])]),
  ]);
  const first = new Map<string, IncludedRow>();
  for (const row of rows) for (const field of row.fields) if (!first.has(field)) first.set(field, row);
  return [...first]
    .filter(([field]) => !known.has(isCheckbox(field) ? checkboxBase(field) : field) && !field.startsWith(EXPORT_PREFIX))
    .map(([field, row]) => `${locate(row)}: the field "${field}" is not in the dictionary`);
}
