import { MappingInvalidError } from '../transform.errors';
import { parseExpression, ExpressionSyntaxError } from './dsl/parser';
import { type Expression, fieldsOf } from './dsl/expression';
import type { MappedType } from './mapped-type';
import { checkMapping, locate, type MappingRow, readMappingText } from './mapping-file';
import { REPEAT_INSTANCE, REPEAT_INSTRUMENT } from './redcap-columns';

/** A mapping row that takes part in the sync. */
export interface IncludedRow extends MappingRow {
  readonly parsed: Expression;
  /** From left to right, repetitions kept. */
  readonly fields: readonly string[];
}

/** Reads what the sync needs of a `mapping.json`. @throws {MappingInvalidError} naming every fault; {InputInvalidError} when there is no such file. */
export async function loadIncludedRows(path: string): Promise<IncludedRow[]> {
  const { rows, faults } = checkMapping(await readMappingText(path));
  const included = parseIncludedRows(rows, faults);
  if (faults.length > 0) throw new MappingInvalidError(faults);
  return included;
}

/** Parses what the sync needs; rows that are not included or not available are left out. Faults are added to the list. */
export function parseIncludedRows(rows: readonly MappingRow[], faults: string[]): IncludedRow[] {
  const included = rows.filter((row) => row.included).flatMap((row) => parseRow(row, faults));
  faults.push(...identifierFaults(included), ...typeFaults(included));
  return included;
}

/** The type of every field that is mapped on its own. */
export function fieldTypes(rows: readonly IncludedRow[]): Map<string, MappedType> {
  return new Map(rows.filter(isPlainField).map((row) => [row.expression, row.type]));
}

function parseRow(row: MappingRow, faults: string[]): IncludedRow[] {
  try {
    const parsed = parseExpression(row.expression);
    return parsed ? [{ ...row, parsed, fields: fieldsOf(parsed) }] : [];
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    faults.push(`${locate(row)}: the expression ${JSON.stringify(row.expression)} ${error.message}`);
    return [];
  }
}

/** Only text that is exactly a field name types that field. */
function isPlainField(row: IncludedRow): boolean {
  return row.parsed.kind === 'field' && row.parsed.name === row.expression;
}

function identifierFaults(rows: readonly IncludedRow[]): string[] {
  const first = new Map<string, IncludedRow>();
  return rows.flatMap((row) => {
    if (row.parsed.kind !== 'generate-id') return [];
    if (row.parsed.parts.length === 0) return [`${locate(row)}: generate_ID needs at least one argument`];
    const earlier = first.get(row.column) ?? row;
    first.set(row.column, earlier);
    if (JSON.stringify(earlier.parsed) === JSON.stringify(row.parsed)) return [];
    return [`${locate(row)}: ${JSON.stringify(row.expression)} differs from the expression of the same id in ${locate(earlier)}`];
  });
}

function typeFaults(rows: readonly IncludedRow[]): string[] {
  const seen = new Map<string, { type: MappedType; place: string }>([
    [REPEAT_INSTRUMENT, { type: 'string', place: 'the base filter' }],
    [REPEAT_INSTANCE, { type: 'integer', place: 'the base filter' }],
  ]);
  return rows.filter(isPlainField).flatMap((row) => {
    const earlier = seen.get(row.expression);
    if (!earlier) seen.set(row.expression, { type: row.type, place: locate(row) });
    return earlier && earlier.type !== row.type
      ? [`${locate(row)}: the field "${row.expression}" has another type in ${earlier.place}`]
      : [];
  });
}
