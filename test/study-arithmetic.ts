// What the sample study's mapping makes of its records, worked out here once more and by other means than the product's.
import type { FlatRecord } from '../samples/redcap-server/record-store';
import mapping from '../samples/study/mapping.json';
import { DICTIONARY, idOf } from './harbor-study';

/** `samples/study/block/withdrawn.csv` and `samples/study/filter/channels.csv`. */
const BLOCKED_IDS = ['7', '13', '404'];
const CHANNELS = ['web', 'mail'];
const REVIEWER = 'reviewer_name_';

const text = (row: FlatRecord, field: string): string => String(row[field]);

/** The records that reach the tables: one row a proposal, without test entries and withdrawn proposals. */
export const loadedRecords = (rows: readonly FlatRecord[]): FlatRecord[] =>
  rows.filter(
    (row) =>
      row.redcap_repeat_instrument === '' &&
      row.redcap_repeat_instance === '' &&
      CHANNELS.includes(text(row, 'intake_channel')) &&
      !BLOCKED_IDS.includes(idOf(row)),
  );

/** Proposal and day of `submitted_on_2/submitted_on`, by proposal. */
export const expectedSubmissions = (rows: readonly FlatRecord[]): string[][] =>
  rows.map((row) => [idOf(row), text(row, 'submitted_on_2') || text(row, 'submitted_on')]).sort(([a], [b]) => Number(a) - Number(b));

/** Proposal and ticked choice of the checkbox field `services_requested`, by both. */
export const expectedServiceSelections = (rows: readonly FlatRecord[]): string[][] =>
  rows.flatMap((row) =>
    Object.keys(row)
      .filter((column) => column.startsWith('services_requested___') && row[column] === '1')
      .sort()
      .map((column) => [idOf(row), column]),
  );

/** Each reviewer once for each organization. */
export function reviewers(rows: readonly FlatRecord[]): string[] {
  const pairs = rows.flatMap((row) =>
    Object.keys(row)
      .filter((column) => column.startsWith(REVIEWER) && row[column] !== '')
      .map((column) => `${text(row, column)} for ${column.slice(REVIEWER.length)}`),
  );
  return [...new Set(pairs)].sort();
}

/** Id and label of every choice with a numeric code of the first field of every row that the sync fills, and of the hubs. */
export function expectedNames(): string[] {
  const fields = mapping.filter((row) => row.InitializeField === 'yes').flatMap((row) => firstField(row.Fieldname_redcap));
  const choices = fields.flatMap((field) =>
    DICTIONARY.filter((entry) => entry.field_name === field).flatMap((entry) =>
      choicesOf(field, text(entry, 'select_choices_or_calculations')),
    ),
  );
  const hubs = DICTIONARY.filter((entry) => /^ctsa_\d+$/.test(text(entry, 'field_name')));
  return [
    ...choices,
    ...hubs.map((hub) => `${text(hub, 'field_name').replace('ctsa_', 'org_name___')} ${text(hub, 'field_label')}`),
  ].sort();
}

function firstField(expression: string): string[] {
  const words = expression.replace(/"[^"]*"/g, '').match(/[a-z]\w*/gi) ?? [];
  return words
    .filter((word) => !['n', 'a', 'if', 'then', 'else', 'generate_ID', 'extract_first_name', 'extract_last_name'].includes(word))
    .slice(0, 1);
}

function choicesOf(field: string, choices: string): string[] {
  return choices.split(' | ').flatMap((choice) => {
    const [, code, label] = /^(\d+), (.+)$/.exec(choice) ?? [];
    return code === undefined ? [] : [`${field}___${code} ${label}`];
  });
}
