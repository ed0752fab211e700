import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Column } from '@app/platform';
import { chainSchema } from '../chain/chain.transform';
import { compileChain } from '../chain/compile-chain';
import type { StepKind } from '../chain/step';
import { jsValue, moduleCell } from '../code/cell-text';
import { DuckDbEngine, type TransformResult } from '../engines/duckdb/duckdb-engine';
import { DuckDbSession } from '../engines/duckdb/duckdb-session';
import type { DuckDbSettings } from '../engines/duckdb/duckdb-settings';
import type { Plan, TransformIssue } from '../plan';
import { quoteLiteral } from '../sql-text';
import { TransformInvalidError } from '../transform.errors';
import { type Sample, sampleStream } from './sample-stream';

/** Rows of a sample that are accepted, and rows that are answered at most. */
export const MAX_PREVIEW_ROWS = 1000;
const TABLE = 'preview';

export interface PreviewRequest {
  /** Steps as a definition has them: a list of `{kind, config, name?}`. Not parsed yet. */
  readonly steps: unknown;
  readonly sample: Sample;
  /** Rows to answer. */
  readonly limit: number;
}

export interface Preview {
  readonly columns: readonly Column[];
  /** Integers past 2^53 and exact numbers are text; dates and times are ISO text. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows that the sample gives in all. */
  readonly total: number;
  readonly sql: readonly { readonly relation: string; readonly sql: string }[];
  readonly issues: readonly TransformIssue[];
}

/**
 * Runs a transform on a sample, with the limits of a real run, and leaves nothing behind.
 *
 * @throws {TransformInvalidError} for steps that cannot be used, every fault with its path, and for a sample that is too large
 * @throws {TransformFailedError} when the sample cannot be transformed
 */
export async function previewTransform(
  { steps, sample, limit }: PreviewRequest,
  kinds: readonly StepKind[],
  settings: DuckDbSettings,
  signal: AbortSignal,
): Promise<Preview> {
  const parsed = chainSchema(kinds).safeParse(steps);
  const faults = (parsed.error?.issues ?? []).map(({ path, message }) => ({ path: ['steps', ...path].join('.'), message }));
  if (sample.rows.length > MAX_PREVIEW_ROWS) faults.push({ path: 'sample.rows', message: `at most ${MAX_PREVIEW_ROWS} rows can be tried` });
  if (!parsed.success || faults.length > 0) throw new TransformInvalidError(faults);
  await mkdir(settings.spillRoot, { recursive: true, mode: 0o700 });
  const workDir = await mkdtemp(join(settings.spillRoot, 'preview-'));
  try {
    const streams = new Map([['sample', await sampleStream(sample, workDir)]]);
    const chain = parsed.data.map((step) => ({ ...step, path: `steps.${step.path}` }));
    const plan = written(await compileChain(chain, { streams, table: TABLE, workDir, signal }));
    const result = await new DuckDbEngine(settings).run(plan, { workDir }, workDir, { signal, progress: () => undefined });
    return {
      ...(await readRows(result, Math.min(limit, MAX_PREVIEW_ROWS), workDir, settings, signal)),
      sql: sqlOf(plan),
      issues: result.issues,
    };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** The plan with tables that are written even where they could be evaluated while they are copied. */
function written(plan: Plan): Plan {
  return { ...plan, outputs: plan.outputs.map(({ table, relation, found }) => ({ table, relation, ...(found && { found }) })) };
}

function sqlOf({ relations }: Plan): Preview['sql'] {
  return relations.flatMap((relation) => (relation.kind === 'sql' ? [{ relation: relation.name, sql: relation.sql }] : []));
}

async function readRows(
  { tables }: TransformResult,
  limit: number,
  workDir: string,
  { memoryLimitBytes }: DuckDbSettings,
  signal: AbortSignal,
): Promise<Pick<Preview, 'columns' | 'rows' | 'total'>> {
  const [table] = tables;
  if (!table) return { columns: [], rows: [], total: 0 };
  const { columns } = table.table;
  const session = await DuckDbSession.open({
    memoryLimitBytes,
    threads: 1,
    tempDirectory: workDir,
    directories: [dirname(table.path)],
    signal,
  });
  try {
    const cells = columns.map((column, index) => `${moduleCell(column, index + 1)} as c${index}`).join(', ');
    const rows = await session.rows(`select ${cells} from read_parquet(${quoteLiteral(table.path)}) limit ${limit}`, 'the preview');
    return { columns, rows: rows.map((row) => asObject(columns, row)), total: table.rows };
  } finally {
    session.close();
  }
}

function asObject(columns: readonly Column[], row: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, index) => [column.name, jsonValue(column, jsValue(row[index]))]));
}

/** JSON knows neither infinity nor "not a number". */
function jsonValue({ type }: Column, value: unknown): unknown {
  if (type === 'json' && typeof value === 'string') return JSON.parse(value) as unknown;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
