import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Column } from '@app/platform';
import { chainSchema } from '../chain/chain.transform';
import { compileChain, type ChainStep } from '../chain/compile-chain';
import type { StepKind } from '../chain/step';
import { jsValue, moduleCell } from '../code/cell-text';
import { DuckDbEngine, type TransformResult } from '../engines/duckdb/duckdb-engine';
import { DuckDbSession } from '../engines/duckdb/duckdb-session';
import type { DuckDbSettings } from '../engines/duckdb/duckdb-settings';
import { withTimeLimit } from '../engines/duckdb/time-limit';
import type { TransformIssue } from '../plan';
import { quoteLiteral } from '../sql-text';
import type { StreamInput } from '../transform';
import { TransformFailedError, TransformInvalidError } from '../transform.errors';
import { writtenPlan } from '../written-plan';
import { firstRows, type Sample, sampleStream } from './sample-stream';

/** Rows of a sample that are accepted, and rows that are answered at most. */
export const MAX_PREVIEW_ROWS = 1000;
/** Text of all cells that are answered. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const TABLE = 'preview';

export interface PreviewRequest {
  /** Steps as a definition has them: a list of `{kind, config, name?}`. Not parsed yet. */
  readonly steps: unknown;
  /** Rows written out, or the streams of an extract, of which the first rows are taken. */
  readonly sample: Sample | readonly StreamInput[];
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
 * Runs a transform on a sample, as a run would within these settings, and leaves nothing behind.
 *
 * @throws {TransformInvalidError} for steps that cannot be used, every fault with its path, and for a sample that is too large
 * @throws {TransformFailedError} when the sample cannot be transformed, or not within the limits
 */
export async function previewTransform(
  request: PreviewRequest,
  kinds: readonly StepKind[],
  settings: DuckDbSettings,
  signal: AbortSignal,
): Promise<Preview> {
  const chain = parseSteps(request, kinds);
  await mkdir(settings.spillRoot, { recursive: true, mode: 0o700 });
  const workDir = await mkdtemp(join(settings.spillRoot, 'preview-'));
  try {
    return await withTimeLimit(settings.timeoutMs, signal, (within) => preview(chain, request, workDir, settings, within));
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

function parseSteps({ steps, sample }: PreviewRequest, kinds: readonly StepKind[]): ChainStep[] {
  const parsed = chainSchema(kinds).safeParse(steps);
  const faults = (parsed.error?.issues ?? []).map(({ path, message }) => ({ path: ['steps', ...path].join('.'), message }));
  if (!isStaged(sample) && sample.rows.length > MAX_PREVIEW_ROWS) {
    faults.push({ path: 'sample.rows', message: `at most ${MAX_PREVIEW_ROWS} rows can be tried` });
  }
  if (!parsed.success || faults.length > 0) throw new TransformInvalidError(faults);
  return parsed.data.map((step) => ({ ...step, path: `steps.${step.path}` }));
}

async function preview(
  chain: readonly ChainStep[],
  { sample, limit }: PreviewRequest,
  workDir: string,
  settings: DuckDbSettings,
  signal: AbortSignal,
): Promise<Preview> {
  const engine = new DuckDbEngine(settings);
  const streams = new Map<string, StreamInput>();
  if (isStaged(sample)) {
    for (const stream of sample) streams.set(stream.stream, await firstRows(stream, MAX_PREVIEW_ROWS, engine, workDir, signal));
  } else {
    streams.set('sample', await sampleStream(sample, workDir));
  }
  const plan = writtenPlan(await compileChain(chain, { streams, table: TABLE, workDir, signal }));
  const result = await engine.run(plan, { workDir }, workDir, { signal, progress: () => undefined });
  const rows = await readRows(result, Math.min(limit, MAX_PREVIEW_ROWS), workDir, settings, signal);
  return { ...rows, sql: sqlOf(result), issues: result.issues };
}

const isStaged = (sample: PreviewRequest['sample']): sample is readonly StreamInput[] => Array.isArray(sample);

function sqlOf({ relations }: TransformResult): Preview['sql'] {
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
    const sql = `select ${cells} from read_parquet(${quoteLiteral(table.path)}) limit ${limit}`;
    await expectSmall(session, sql, columns.length);
    const rows = await session.rows(sql, 'the preview');
    return { columns, rows: rows.map((row) => asObject(columns, row)), total: table.rows };
  } finally {
    session.close();
  }
}

/** What is answered passes through the memory of the process that answers. */
async function expectSmall(session: DuckDbSession, sql: string, width: number): Promise<void> {
  const bytes = Array.from({ length: width }, (_, index) => `coalesce(strlen(cast(c${index} as varchar)), 0)`);
  const [row] = await session.rows(`select coalesce(sum(${bytes.join(' + ')}), 0)::double from (${sql})`, 'the preview');
  if (Number(row?.[0]) <= MAX_ANSWER_BYTES) return;
  throw new TransformFailedError('the preview', `its rows are larger than ${MAX_ANSWER_BYTES} bytes; ask for fewer or shorten them`);
}

function asObject(columns: readonly Column[], row: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, index) => [column.name, jsonValue(column, jsValue(row[index]))]));
}

/** JSON knows neither infinity nor "not a number". */
function jsonValue({ type }: Column, value: unknown): unknown {
  if (type === 'json' && typeof value === 'string') return JSON.parse(value) as unknown;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
