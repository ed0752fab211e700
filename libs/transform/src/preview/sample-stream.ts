import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column, ColumnType } from '@app/platform';
import type { DuckDbEngine } from '../engines/duckdb/duckdb-engine';
import type { Plan } from '../plan';
import type { StreamInput } from '../transform';

/** A few rows to try a transform on. */
export interface Sample {
  /** In order; by default those of all rows, in order of first appearance. */
  readonly columns?: readonly string[];
  /** Aligned with `columns`; by default what the values of a column have in common. */
  readonly types?: readonly (ColumnType | undefined)[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Puts a sample into `workDir` in the form that an extract has. */
export async function sampleStream({ columns, types, rows }: Sample, workDir: string): Promise<StreamInput> {
  const names = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const path = join(workDir, 'sample.ndjson');
  const lines = rows.map((row) => JSON.stringify(Object.fromEntries(names.map((name) => [name, cellText(row[name])]))));
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  return {
    stream: 'sample',
    files: [{ path, format: 'ndjson', columns: names, rows: rows.length }],
    columns: names,
    types: new Map(names.map((name, index) => [name, types?.[index] ?? commonType(rows.map((row) => row[name]))])),
  };
}

/** The first rows of a staged stream, put into `workDir` in the form that an extract has. */
export async function firstRows(
  stream: StreamInput,
  limit: number,
  engine: DuckDbEngine,
  workDir: string,
  signal: AbortSignal,
): Promise<StreamInput> {
  const columns = stream.columns.map((name): Column => ({ name, type: stream.types.get(name) ?? 'string' }));
  const { tables } = await engine.run(headOf(stream, columns, limit), { workDir }, join(workDir, stream.stream), {
    signal,
    progress: () => undefined,
  });
  const files = tables.map(({ path, rows }) => ({ path, format: 'parquet' as const, columns: stream.columns, rows }));
  return { ...stream, files, types: new Map(columns.map(({ name, type }) => [name, type])) };
}

function headOf({ stream, files }: StreamInput, columns: readonly Column[], limit: number): Plan {
  const scanned = columns.map(({ name, type }, index) => ({ source: name, name: `c${index}`, type }));
  return {
    relations: [
      { kind: 'files', name: 'staged', files, columns: scanned },
      { kind: 'sql', name: 'head', sql: `select * from staged limit ${limit}` },
    ],
    outputs: [{ table: { name: stream, columns }, relation: 'head' }],
    checks: [],
    issues: [],
    lineage: [],
    reports: {},
  };
}

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function commonType(values: readonly unknown[]): ColumnType {
  const types = new Set(values.filter((value) => value !== null && value !== undefined).map(typeOf));
  const [first] = types;
  if (types.size <= 1) return first ?? 'string';
  return [...types].every((type) => type === 'integer' || type === 'float') ? 'float' : 'string';
}

function typeOf(value: unknown): ColumnType {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'float';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'object' ? 'json' : 'string';
}
