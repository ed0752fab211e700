import { replaceFile } from '@app/platform';
import { type DictionaryEntry, parseEntry } from '../dictionary';
import { checkboxBase, isCheckbox } from '../redcap-columns';
import { loadFieldRules } from './field-rules';
import { arrayText, readItems } from './json-objects';

/** Entries that hold the label of an institution. */
const INSTITUTION_ENTRY = /^ctsa(_[0-9]+)$/;
const CHOICE = /^([0-9]+), .+$/s;
const CHOICE_SEPARATOR = ' | ';

export interface FilterMetadataRequest {
  /** A `mapping.json`, or the same rows as CSV. */
  readonly mappingPath: string;
  /** The data dictionary as a JSON array. */
  readonly inputPath: string;
  readonly outputPath: string;
  readonly signal: AbortSignal;
}

export interface FilterMetadataSummary {
  readonly read: number;
  readonly written: number;
}

export type FilteredEntry =
  | { readonly field_name: string; readonly field_label: string }
  | { readonly field_name: string; readonly select_choices_or_calculations: string };

/**
 * Keeps the dictionary entries of mapped fields and of institutions, with neutral labels. Streams, and replaces the output
 * whole.
 *
 * @throws {MappingInvalidError} naming every fault; {InputInvalidError}, {JsonArrayInvalidError} and {SourceDataInvalidError}
 * for an unusable dictionary; {FileNotWrittenError}. The output then stays as it was.
 */
export async function filterMetadata(request: FilterMetadataRequest): Promise<FilterMetadataSummary> {
  const { inputPath, outputPath, signal } = request;
  const fields = new Set([...(await loadFieldRules(request.mappingPath)).keys()].flatMap(withBase));
  let read = 0;
  let written = 0;
  const filtered = async function* (): AsyncGenerator<FilteredEntry> {
    for await (const { text, ordinal } of readItems(inputPath, signal)) {
      const entries = filterEntry(parseEntry(text, ordinal), fields);
      read += 1;
      written += entries.length;
      yield* entries;
    }
  };
  await replaceFile(outputPath, arrayText(filtered()), signal);
  return { read, written };
}

type Coded = Pick<DictionaryEntry, 'field_name' | 'select_choices_or_calculations'>;

/** What remains of an entry: nothing, its institution's label, its choices, or both. */
export function filterEntry({ field_name, select_choices_or_calculations }: Coded, fields: ReadonlySet<string>): FilteredEntry[] {
  const number = INSTITUTION_ENTRY.exec(field_name)?.[1];
  const choices = withBase(field_name).some((name) => fields.has(name)) ? neutralChoices(select_choices_or_calculations ?? '') : null;
  return [
    ...(number === undefined ? [] : [{ field_name, field_label: `label${number}` }]),
    ...(choices === null ? [] : [{ field_name, select_choices_or_calculations: choices }]),
  ];
}

/** `3, Red | 7, Blue` without what it says: `3, choice 3 | 7, choice 7`. Null for a text that is not a list of choices. */
export function neutralChoices(text: string): string | null {
  if (text === '') return '';
  const codes = text.split(CHOICE_SEPARATOR).map((choice) => CHOICE.exec(choice)?.[1]);
  return codes.includes(undefined) ? null : codes.map((code) => `${code}, choice ${code}`).join(CHOICE_SEPARATOR);
}

function withBase(name: string): string[] {
  return isCheckbox(name) ? [name, checkboxBase(name)] : [name];
}
