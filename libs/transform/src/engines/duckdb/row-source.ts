import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { version } from '@duckdb/node-api';
import type { TableShape } from '@app/platform';
import type { FileRelation, InputFile, Plan, PlanOutput, SqlRelation } from '../../plan';
import { quoteLiteral } from '../../sql-text';

/** What makes the rows of a table when they are asked for. Plain data: it may be stored and read back. */
export interface RowSource {
  readonly relations: readonly (FileRelation | SqlRelation)[];
  /** The relation whose first columns are the table's. */
  readonly relation: string;
  /** What the relations read beside the files that are named. */
  readonly directories?: readonly string[];
}

/** A table that is not written but evaluated while it is copied. */
export interface StreamedTable {
  readonly table: TableShape;
  readonly rows: number;
  /** Equal for equal parts and equal SQL; then the content is equal too. */
  readonly fingerprint: string;
  readonly source: RowSource;
}

export function streamedTable(plan: Plan, { table, relation }: PlanOutput, base: string): StreamedTable {
  const files = plan.relations.find((candidate) => candidate.kind === 'files' && candidate.name === base);
  if (files?.kind !== 'files') throw new Error(`The streamed table ${table.name} names no relation of files.`);
  return withContent(table, { relations: [files, ...derivations(plan, relation)], relation });
}

/** The tables of a plan that writes none; null when it writes any, or when what it makes is not known yet. */
export function streamedTables(plan: Plan): readonly StreamedTable[] | null {
  const tables = plan.outputs.flatMap((output) => (output.streamed === undefined ? [] : [streamedTable(plan, output, output.streamed)]));
  return plan.rest || tables.length < plan.outputs.length ? null : tables;
}

/** The table of the same recipe, made of these files. */
export function streamedFrom({ table, source }: StreamedTable, files: readonly InputFile[]): StreamedTable {
  const relations = source.relations.map((relation) => (relation.kind === 'files' ? { ...relation, files } : relation));
  return withContent(table, { ...source, relations });
}

function withContent(table: TableShape, source: RowSource): StreamedTable {
  const files = source.relations.flatMap((relation) => (relation.kind === 'files' ? relation.files : []));
  return { table, rows: files.reduce((sum, file) => sum + known(file).rows, 0), fingerprint: fingerprintOf(table, source), source };
}

/** The relations by which SQL makes this one, in the order of the plan: those that it names, those that they name, and so on. */
function derivations({ relations }: Plan, relation: string): SqlRelation[] {
  const derived = relations.filter((candidate) => candidate.kind === 'sql');
  const named = new Set([relation]);
  for (const { name, sql } of derived.toReversed()) {
    if (!named.has(name)) continue;
    for (const word of sql.match(/\w+/g) ?? []) named.add(word);
  }
  return derived.filter(({ name }) => named.has(name));
}

/** A Parquet file that an engine wrote. */
export function parquetSource(path: string): RowSource {
  const rows: SqlRelation = { kind: 'sql', name: 'rows', sql: `select * from read_parquet(${quoteLiteral(path)})` };
  return { relations: [rows], relation: 'rows', directories: [dirname(path)] };
}

export function directoriesOf({ relations, directories = [] }: RowSource): string[] {
  return [
    ...directories,
    ...relations.flatMap((relation) => (relation.kind === 'files' ? relation.files.map(({ path }) => dirname(path)) : [])),
  ];
}

/** Files that are passed on byte for byte. */
export interface VerbatimFiles {
  readonly relation: FileRelation;
  readonly format: 'csv' | 'text';
}

/** The files of a table that is exactly the text that they hold; null when it is not. */
export function verbatimFiles({ relations, relation }: RowSource, columns: number): VerbatimFiles | null {
  const base = relations.find(({ name }) => name === relation);
  // A table of one text column could hold a line that COPY takes for its end.
  if (base?.kind !== 'files' || base.columns.length !== columns || columns < 2) return null;
  const format = base.files[0]?.format;
  if (format !== 'csv' && format !== 'text') return null;
  const isWhole = base.files.every((file) => file.format === format && holdsJust(base, file));
  return isWhole && base.columns.every(({ type }) => type === 'string') ? { relation: base, format } : null;
}

/** Whether a file has the columns of the relation and no others. */
export const holdsJust = ({ columns }: FileRelation, { columns: header }: InputFile): boolean =>
  header.length === columns.length && header.every((name, index) => name === columns[index]?.source);

/** Parts count by their content, since each run stages its own files. */
function fingerprintOf({ columns, blankIsNull, nullIsBlank }: TableShape, { relations, relation }: RowSource): string {
  const parts = relations.map((part) =>
    part.kind === 'sql'
      ? [part.name, part.sql]
      : [part.name, part.columns, part.files.map((file) => [file.format, file.columns, known(file).sha256])],
  );
  const shape = columns.map(({ name, type }) => [name, type]);
  return createHash('sha256')
    .update(JSON.stringify([version(), shape, parts, relation, blankIsNull, nullIsBlank]))
    .digest('hex');
}

function known({ rows, sha256 }: InputFile): { rows: number; sha256: string } {
  if (rows === undefined || sha256 === undefined) throw new Error('A streamed table is made of staged parts, whose rows are counted.');
  return { rows, sha256 };
}
