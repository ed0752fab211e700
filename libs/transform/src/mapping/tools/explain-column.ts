import type { FileColumn, Relation } from '../../plan';
import { InputInvalidError, MappingInvalidError } from '../../transform.errors';
import { type IncludedRow, parseIncludedRows } from '../included-rows';
import type { MappedType } from '../mapped-type';
import { checkMapping, type MappingRow, readMappingText } from '../mapping-file';
import { compileWithoutData } from './compile-without-data';
import { suggestColumns } from './suggest-columns';

export interface ExplainColumnRequest {
  readonly mappingPath: string;
  /** `<table>.<column>`, in the letter case of the mapping. */
  readonly target: string;
  readonly recordIdField: string;
}

/** One query of the plan; later ones read earlier ones by name. */
export interface ExplainedStep {
  readonly name: string;
  readonly sql: string;
  /** What the engine does with the rows beside the SQL; null when nothing. */
  readonly note: string | null;
}

export interface ColumnExplanation {
  readonly table: string;
  readonly column: string;
  /** Position in the mapping file, counted from 1. */
  readonly row: number;
  readonly type: MappedType;
  readonly expression: string;
  /** From left to right, without repetitions. */
  readonly fields: readonly string[];
  /** Why the sync leaves the column out; null when it fills it. */
  readonly leftOut: string | null;
  /** What the columns of `record` in the SQL stand for. */
  readonly recordColumns: readonly Pick<FileColumn, 'name' | 'source'>[];
  readonly steps: readonly ExplainedStep[];
}

/**
 * Says where a column of the mapping comes from: its expression, its source fields, and the SQL that the engine evaluates over
 * data that has every mapped field. Without a dictionary no field is known to be a checkbox.
 *
 * @throws {MappingInvalidError} naming every fault; {InputInvalidError} for a missing file, and for an unknown column with
 * those that exist
 */
export async function explainColumn({ mappingPath, target, recordIdField }: ExplainColumnRequest): Promise<ColumnExplanation> {
  const { rows, faults } = checkMapping(await readMappingText(mappingPath));
  const included = parseIncludedRows(rows, faults);
  if (faults.length > 0) throw new MappingInvalidError(faults);
  const row = rows.find(({ table, column }) => `${table}.${column}` === target);
  if (!row) throw unknownColumn(target, rows);
  const explained = included.find((candidate) => candidate.row === row.row);
  const { table, column, type, expression } = row;
  const compiled = explained ? relationsOf(explained, included, recordIdField) : [];
  return {
    ...{ table, column, row: row.row, type, expression },
    fields: [...new Set(explained?.fields)],
    leftOut: reasonLeftOut(row, explained, compiled),
    recordColumns: compiled.flatMap((relation) => (relation.kind === 'files' ? relation.columns : [])),
    steps: compiled.flatMap(stepOf),
  };
}

/** The relations that make the column alone, without the other columns of its table (but for a generated id that it reads). */
function relationsOf(row: IncludedRow, rows: readonly IncludedRow[], recordIdField: string): Relation[] {
  const ids = rows.filter((other) => other !== row && other.parsed.kind === 'generate-id' && row.fields.includes(other.column));
  const { relations, outputs } = compileWithoutData([row, ...ids], { rows, dictionary: [], recordIdField });
  const output = outputs.find(({ table }) => table.name === row.table);
  return output ? leadingTo(output.relation, relations) : [];
}

/** A relation and those it reads, in order. */
function leadingTo(name: string, relations: readonly Relation[]): Relation[] {
  const wanted = new Set([name]);
  return [...relations]
    .reverse()
    .filter((relation) => {
      if (!wanted.has(relation.name)) return false;
      if ('sql' in relation) for (const word of relation.sql.match(/\w+/g) ?? []) wanted.add(word);
      return true;
    })
    .reverse();
}

function stepOf(relation: Relation): ExplainedStep[] {
  const { name } = relation;
  switch (relation.kind) {
    case 'sql':
      return [{ name, sql: relation.sql, note: relation.materialized ? 'computed once, in its order' : null }];
    case 'lookup':
      return [{ name, sql: relation.sql, note: `each text is read by the name grammar into ${relation.columns.join(' and ')}` }];
    case 'files':
    case 'values':
    case 'code':
      return [];
  }
}

function reasonLeftOut(row: MappingRow, explained: IncludedRow | undefined, compiled: readonly Relation[]): string | null {
  if (!row.included) return 'the row is not part of the sync (InitializeField is not "yes"); an upload fills it';
  if (!explained) return 'its expression is "n/a": no field is the source of it';
  return compiled.length === 0 ? 'its expression mentions no field' : null;
}

function unknownColumn(target: string, rows: readonly MappingRow[]): InputInvalidError {
  const { heading, names } = suggestColumns(target, rows);
  return new InputInvalidError(`The mapping has no column ${target}. ${heading}:${names.map((name) => `\n  ${name}`).join('')}`, {
    suggestions: names,
  });
}
