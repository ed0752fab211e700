import { readChoices, type Choice, type FieldUse, type FieldUses } from '@app/transform';
import type { DictionaryEntry } from './dictionary-entry';

/** Holds codes and labels, or the formula of a calculated field. */
const CHOICES = 'select_choices_or_calculations';
const CHOICE_TYPES: readonly (string | null | undefined)[] = ['radio', 'dropdown', 'checkbox'];

/** A field that is in one version only. */
export interface FieldPresence {
  readonly field: string;
  readonly type: string | null;
  readonly label: string | null;
  /** The columns that the field feeds. */
  readonly touches: readonly FieldUse[];
}

export interface AttributeChange {
  /** In REDCap's words, such as `field_type` or `branching_logic`. */
  readonly attribute: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface ChoiceChanges {
  readonly added: readonly Choice[];
  readonly removed: readonly Choice[];
  readonly relabelled: readonly { readonly code: string; readonly from: string; readonly to: string }[];
}

export interface FieldChange {
  readonly field: string;
  readonly attributes: readonly AttributeChange[];
  readonly choices: ChoiceChanges;
  readonly touches: readonly FieldUse[];
}

export interface DictionaryDifference {
  readonly added: readonly FieldPresence[];
  readonly removed: readonly FieldPresence[];
  readonly changed: readonly FieldChange[];
}

/** What differs, by field name and in dictionary order; the order of fields and choices itself does not count. Pure. */
export function dictionaryDifference(
  from: readonly DictionaryEntry[],
  to: readonly DictionaryEntry[],
  uses: FieldUses,
): DictionaryDifference {
  const before = byName(from);
  const after = byName(to);
  const only = (entries: ReadonlyMap<string, DictionaryEntry>, others: ReadonlyMap<string, DictionaryEntry>): FieldPresence[] =>
    [...entries.values()].filter(({ field_name }) => !others.has(field_name)).map((entry) => presence(entry, uses));
  return {
    added: only(after, before),
    removed: only(before, after),
    changed: [...after.values()].flatMap((entry) => {
      const earlier = before.get(entry.field_name);
      return earlier ? fieldChange(earlier, entry, uses) : [];
    }),
  };
}

function presence(entry: DictionaryEntry, uses: FieldUses): FieldPresence {
  const field = entry.field_name;
  const labels = choicesOf(entry).size > 0 ? uses.ofLabels(field) : [];
  return { field, type: valueOf(entry, 'field_type'), label: valueOf(entry, 'field_label'), touches: [...uses.of(field), ...labels] };
}

function fieldChange(from: DictionaryEntry, to: DictionaryEntry, uses: FieldUses): FieldChange[] {
  const field = to.field_name;
  const attributes = attributeChanges(from, to);
  const choices = choiceChanges(choicesOf(from), choicesOf(to));
  const choicesDiffer = [choices.added, choices.removed, choices.relabelled].some((changes) => changes.length > 0);
  if (attributes.length === 0 && !choicesDiffer) return [];
  return [{ field, attributes, choices, touches: [...uses.of(field), ...(choicesDiffer ? uses.ofLabels(field) : [])] }];
}

/** Choices are compared one by one, so their text is not an attribute; a formula is. */
function attributeChanges(from: DictionaryEntry, to: DictionaryEntry): AttributeChange[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return names
    .map((attribute) => ({ attribute, from: attributeOf(from, attribute), to: attributeOf(to, attribute) }))
    .filter((change) => change.from !== change.to);
}

function choiceChanges(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): ChoiceChanges {
  const only = (choices: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): Choice[] =>
    [...choices].filter(([code]) => !others.has(code)).map(([code, label]) => ({ code, label }));
  const relabelled = [...to].flatMap(([code, label]) => {
    const earlier = from.get(code);
    return earlier === undefined || earlier === label ? [] : [{ code, from: earlier, to: label }];
  });
  return { added: only(to, from), removed: only(from, to), relabelled };
}

const hasChoices = (entry: DictionaryEntry): boolean => CHOICE_TYPES.includes(entry.field_type);

const choicesOf = (entry: DictionaryEntry): Map<string, string> =>
  new Map(hasChoices(entry) ? readChoices(entry[CHOICES] ?? '').map(({ code, label }) => [code, label]) : []);

/** REDCap writes the empty text for what is not set. */
const valueOf = (entry: DictionaryEntry, attribute: string): string | null => entry[attribute] || null;

const attributeOf = (entry: DictionaryEntry, attribute: string): string | null =>
  attribute === CHOICES && hasChoices(entry) ? null : valueOf(entry, attribute);

/** A name that comes twice counts once, as it came first. */
function byName(entries: readonly DictionaryEntry[]): Map<string, DictionaryEntry> {
  const first = new Map<string, DictionaryEntry>();
  for (const entry of entries) if (!first.has(entry.field_name)) first.set(entry.field_name, entry);
  return first;
}
