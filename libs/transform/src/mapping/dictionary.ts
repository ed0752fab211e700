import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { StreamInput } from '../transform';
import { SourceDataInvalidError } from '../transform.errors';

const cell = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

const entrySchema = z.object({
  field_name: z.string(),
  form_name: cell,
  field_type: cell,
  field_label: cell,
  select_choices_or_calculations: cell,
});

/** One field of the REDCap data dictionary. A dictionary has thousands of entries at most and is held in memory. */
export type DictionaryEntry = z.infer<typeof entrySchema>;

/** Reads the staged dictionary. @throws {SourceDataInvalidError} when it is not one, or lacks the record id. */
export async function loadDictionary(
  input: StreamInput | undefined,
  recordIdField: string,
  signal: AbortSignal,
): Promise<DictionaryEntry[]> {
  const entries: DictionaryEntry[] = [];
  for (const { path } of input?.files ?? []) {
    for await (const line of createInterface({ input: createReadStream(path, { signal }), crlfDelay: Infinity })) {
      if (line !== '') entries.push(parseEntry(line, entries.length + 1));
    }
  }
  if (!entries.some((entry) => entry.field_name === recordIdField)) {
    throw new SourceDataInvalidError(`The data dictionary does not hold the record id field "${recordIdField}".`);
  }
  return entries;
}

/** Reads the JSON text of one entry. @throws {SourceDataInvalidError} */
export function parseEntry(line: string, position: number): DictionaryEntry {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    throw new SourceDataInvalidError(`Entry ${position} of the data dictionary is not a field description.`);
  }
}
