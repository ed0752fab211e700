import { NAME_TABLE } from '../schema/fixed-tables';
import { quoteIdentifier } from '../sql-text';
import type { TransformIssue } from '../plan';
import { parseChoices } from './choices';
import { CHECKBOX_SEPARATOR } from './redcap-columns';
import type { DictionaryEntry } from './dictionary';
import type { IncludedRow } from './included-rows';
import { convertOutput, type OutputRules } from './output-conversion';
import type { TablePlan } from './plan-table';

/** Column order of the `name` table as the sync writes it. */
const NAME_COLUMNS = ['table', 'column', 'index', 'description', 'id'];

type NameRow = readonly [table: string, column: string, index: string, description: string | null, id: string];

/** Field types whose "choices" are a formula, a query or a scale: nothing is amiss when they hold no codes. */
const TYPES_WITHOUT_CODES = ['calc', 'sql', 'slider'];

/** The dictionary keeps the labels of the submitting institutions in entries of their own. */
const INSTITUTION_ENTRY = /^ctsa_([0-9]*)$/;
const INSTITUTION_FIELD = 'org_name';

/** The `name` table: labels of the codes of every mapped field, in mapping order, then those of the institutions. */
export function nameTable(
  rows: readonly IncludedRow[],
  dictionary: readonly DictionaryEntry[],
  rules: OutputRules,
): TablePlan & { issues: TransformIssue[] } {
  const names = nameRows(rows, dictionary);
  const cells = NAME_COLUMNS.map((column) => ({
    column,
    sql: convertOutput({ sql: quoteIdentifier(column), type: 'string', depth: 0 }, 'string', rules),
  }));
  const table = { name: NAME_TABLE.name, columns: NAME_COLUMNS.map((name) => ({ name, type: 'string' as const })) };
  return {
    relations: [
      { kind: 'values', name: 'choices', columns: NAME_COLUMNS, rows: names.rows },
      { kind: 'sql', name: 'names', sql: `select ${cells.map(({ sql }) => sql).join(', ')} from choices` },
    ],
    outputs: [{ table, relation: 'names' }],
    checks: [],
    lineage: cells.map((cell) => ({ table: table.name, ...cell, sources: [], expression: 'choices of the data dictionary' })),
    issues: names.issues,
  };
}

export function nameRows(
  rows: readonly IncludedRow[],
  dictionary: readonly DictionaryEntry[],
): { rows: NameRow[]; issues: TransformIssue[] } {
  const entries = byField(dictionary);
  const issues: TransformIssue[] = [];
  const choices = rows.flatMap((row) => (entries.get(row.fields[0] ?? '') ?? []).flatMap((entry) => choiceRows(row, entry, issues)));
  return { rows: [...choices, ...dictionary.flatMap(institutionRows)], issues };
}

function byField(dictionary: readonly DictionaryEntry[]): Map<string, DictionaryEntry[]> {
  const entries = new Map<string, DictionaryEntry[]>();
  for (const entry of dictionary) entries.set(entry.field_name, [...(entries.get(entry.field_name) ?? []), entry]);
  return entries;
}

function choiceRows({ table, column }: IncludedRow, entry: DictionaryEntry, issues: TransformIssue[]): NameRow[] {
  const field = entry.field_name;
  const { choices, refused } = parseChoices(entry.select_choices_or_calculations ?? '');
  if (refused > 0 && !TYPES_WITHOUT_CODES.includes(entry.field_type ?? '')) {
    const message = `${refused} choices of the field "${field}" have a code that is not a number and are not in the table "name".`;
    issues.push({ severity: 'warning', rule: 'choice-code-refused', table, column, count: refused, message });
  }
  return choices.map(({ code, label }): NameRow => [table, column, code, label, `${field}${CHECKBOX_SEPARATOR}${code}`]);
}

function institutionRows({ field_name, field_label }: DictionaryEntry): NameRow[] {
  const index = INSTITUTION_ENTRY.exec(field_name)?.[1];
  if (index === undefined) return [];
  return [['Submitter', 'submitterInstitution', index, field_label, `${INSTITUTION_FIELD}${CHECKBOX_SEPARATOR}${index}`]];
}
