import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** What a REDCap data dictionary says about a field; entries have more keys than these. */
export const dictionarySchema = z.array(
  z.object({
    field_name: z.string(),
    field_type: text,
    select_choices_or_calculations: text,
    text_validation_min: text,
    text_validation_max: text,
  }),
);
export type DictionaryField = z.infer<typeof dictionarySchema>[number];

const ISO_DATE = /^\d{4}-\d{2}-\d{2}/;
const ONE_CHOICE_TYPES: ReadonlySet<string> = new Set(['radio', 'dropdown']);

/**
 * The limits that a field sets its column, as entries of a rule file: its smallest and largest value, and its choices by code.
 * Limits that are no number and no date, such as `today` or another field, are left out: REDCap alone can work them out.
 */
export function limitsOf(column: string, field: DictionaryField): readonly Record<string, unknown>[] {
  const [min, max] = [limit(field.text_validation_min), limit(field.text_validation_max)];
  const range = min === undefined && max === undefined ? [] : [{ rule: 'range', column, min, max }];
  const choices = ONE_CHOICE_TYPES.has(field.field_type) ? codesOf(field.select_choices_or_calculations) : [];
  return choices.length > 0 ? [...range, { rule: 'choices', column, choices }] : range;
}

function limit(written: string): number | string | undefined {
  const trimmed = written.trim();
  const date = ISO_DATE.exec(trimmed)?.[0];
  if (date !== undefined) return date;
  return trimmed === '' || Number.isNaN(Number(trimmed)) ? undefined : Number(trimmed);
}

/** `1, Red | 2, Blue` has the codes 1 and 2. */
const codesOf = (choices: string): string[] =>
  choices
    .split('|')
    .map((choice) => (choice.split(',')[0] ?? '').trim())
    .filter((code) => code !== '');
