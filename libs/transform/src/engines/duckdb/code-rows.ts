import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column, ColumnType } from '@app/platform';
import { jsValue, moduleCell, typeOfKinds } from '../../code/cell-text';
import { runThread } from '../../code/code-thread';
import type { CodeRelation, FileRelation } from '../../plan';
import { quoteIdentifier, quoteLiteral } from '../../sql-text';
import { TransformFailedError } from '../../transform.errors';
import type { DuckDbSession } from './duckdb-session';
import { fileScan } from './file-scan';
import { copyToParquet, digestFile } from './parquet-file';

export interface CodeRows {
  readonly columns: readonly Column[];
  readonly sql: string;
}

/** Runs the module of a relation once and keeps its rows, in its own order, as a file in `directory`. */
export async function runCode(session: DuckDbSession, relation: CodeRelation, directory: string): Promise<CodeRows> {
  const step = `relation "${relation.name}"`;
  await expectUnchanged(session, relation);
  const lines = join(directory, `${relation.name}.ndjson`);
  const stated = await write(session, relation, lines, step);
  const columns = relation.output ?? (await typed(session, relation, lines, stated, step));
  const path = join(directory, `${relation.name}.parquet`);
  await session.execute(copyToParquet(fileScan(asFile(lines, columns)), path, columns.length), step);
  await rm(lines);
  return { columns, sql: `select * from read_parquet(${quoteLiteral(path)})` };
}

async function expectUnchanged({ signal }: DuckDbSession, { module }: CodeRelation): Promise<void> {
  const { sha256 } = await digestFile(module.path, signal);
  if (sha256 !== module.sha256) throw new TransformFailedError(`code module "${module.name}"`, 'it was edited just now; start again', true);
}

/** Answers the columns as they were found. */
async function write(session: DuckDbSession, relation: CodeRelation, path: string, step: string): Promise<Column[]> {
  const { module, input, output, kwargs, limits } = relation;
  const rows = batches(session, relation, step);
  const file = await open(path, 'w');
  try {
    const exchange = {
      next: async () => (await rows.next()).value ?? null,
      take: (lines: string) => file.appendFile(lines),
    };
    const task = { describe: false, input: input.map(({ name }) => name), output, kwargs };
    const end = await runThread(module, task, exchange, limits, session.signal);
    const found = end.say === 'done' ? end.columns.map(({ name, kinds }): Column => ({ name, type: typeOfKinds(kinds) })) : [];
    return distinct(relation, found.length > 0 ? found : input);
  } finally {
    await rows.return(undefined);
    await file.close();
  }
}

async function* batches(
  session: DuckDbSession,
  { input, from, limits }: CodeRelation,
  step: string,
): AsyncGenerator<unknown[][], undefined> {
  const cells = input.map((column, index) => moduleCell(column, index + 1)).join(', ');
  for await (const chunk of session.chunks(`select ${cells} from ${from}`, step)) {
    const rows = chunk.getRows().map((row) => row.map(jsValue));
    for (let at = 0; at < rows.length; at += limits.batchRows) yield rows.slice(at, at + limits.batchRows);
  }
  return undefined;
}

function distinct({ module }: CodeRelation, columns: readonly Column[]): Column[] {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  if (names.size === columns.length) return [...columns];
  throw new TransformFailedError(`code module "${module.name}"`, 'it yielded columns whose names differ in letter case only');
}

/** A column that came in under the same name keeps its type as long as each of its values is written as one of that type. */
async function typed(
  session: DuckDbSession,
  { input }: CodeRelation,
  path: string,
  found: readonly Column[],
  step: string,
): Promise<readonly Column[]> {
  const before = new Map(input.map(({ name, type }) => [name, type]));
  const others = found.map(({ name, type }) => {
    const earlier = before.get(name);
    const condition = earlier !== undefined && earlier !== type ? isWritten(quoteIdentifier(name), earlier) : null;
    return condition === null ? '1' : `count(*) filter (where ${quoteIdentifier(name)} is not null and not coalesce(${condition}, false))`;
  });
  const text = found.map(({ name }): Column => ({ name, type: 'string' }));
  const [row] = await session.rows(`select ${others.join(', ')} from (${fileScan(asFile(path, text))})`, step);
  return found.map((column, index) => {
    const earlier = before.get(column.name);
    return earlier !== undefined && Number(row?.[index]) === 0 ? { ...column, type: earlier } : column;
  });
}

function asFile(path: string, columns: readonly Column[]): FileRelation {
  return {
    kind: 'files',
    name: 'rows',
    files: [{ path, format: 'ndjson', columns: columns.map(({ name }) => name) }],
    columns: columns.map(({ name, type }) => ({ source: name, name: quoteIdentifier(name), type })),
  };
}

const DAY = String.raw`\d{4,}-\d\d-\d\d`;
const TIME = String.raw`[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?`;

/** SQL that is true when a text says a value of a type exactly, nothing lost; null when any text does. */
function isWritten(cell: string, type: ColumnType): string | null {
  const matches = (pattern: string, as: string): string =>
    `(${cell} in ('infinity', '-infinity') or regexp_full_match(${cell}, '${pattern}')) and try_cast(${cell} as ${as}) is not null`;
  switch (type) {
    case 'string':
      return null;
    case 'integer':
      return matches(String.raw`[-+]?\d+`, 'bigint');
    case 'decimal':
      return matches(String.raw`[-+]?\d+(\.\d{1,10})?`, 'decimal(38, 10)');
    case 'float':
      return `try_cast(${cell} as double) is not null`;
    case 'boolean':
      return `${cell} in ('true', 'false')`;
    case 'date':
      return matches(DAY, 'date');
    case 'timestamp':
      return matches(`${DAY}${TIME}`, 'timestamp');
    case 'timestamptz':
      return matches(String.raw`${DAY}${TIME}(Z|[-+]\d\d(:?\d\d)?)`, 'timestamptz');
    case 'uuid':
      return `try_cast(${cell} as uuid) is not null`;
    case 'bytes':
      return String.raw`regexp_full_match(${cell}, '\\x([0-9a-f]{2})*')`;
    case 'json':
      return `json_valid(${cell})`;
  }
}
