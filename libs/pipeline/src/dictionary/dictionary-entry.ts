import { z } from 'zod';

const entriesSchema = z.array(z.object({ field_name: z.string() }).catchall(z.string().nullable()));

/** One field of a data dictionary with all attributes that REDCap gave. */
export type DictionaryEntry = z.infer<typeof entriesSchema>[number];

/** The staged form, an object a line, as the JSON array that REDCap itself exports; equal dictionaries give equal text. */
export function toArrayText(lines: string): string {
  return `[\n${lines
    .split('\n')
    .filter((line) => line !== '')
    .join(',\n')}\n]\n`;
}

export function parseEntries(arrayText: string): DictionaryEntry[] {
  return entriesSchema.parse(JSON.parse(arrayText));
}

/** The fields of a record export: those of the dictionary, and the completion status that each form has besides. */
export function exportedFields(entries: readonly DictionaryEntry[]): Set<string> {
  return new Set(entries.flatMap(({ field_name, form_name }) => [field_name, ...(form_name ? [`${form_name}_complete`] : [])]));
}
