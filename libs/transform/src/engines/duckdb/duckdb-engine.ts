import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { version } from '@duckdb/node-api';
import type { Column, CopyText, TableShape } from '@app/platform';
import type { LineageEdge, Plan, PlanOutput, Relation, TransformIssue } from '../../plan';
import type { TransformContext } from '../../transform';
import { copyRows } from './copy-rows';
import { DuckDbSession, releaseFreedMemory } from './duckdb-session';
import type { DuckDbSettings } from './duckdb-settings';
import { contentOf, type RowsContent } from './content-hash';
import { digestFile } from './parquet-file';
import { PlanRunner } from './plan-runner';
import { type RowSource, type StreamedTable, streamedTable } from './row-source';
import { SpillDirectory } from './spill-directory';
import { withTimeLimit } from './time-limit';

/**
 * What reading and writing ordered rows takes for each column and thread: the writer alone wants half of it. One thread works with
 * far less; several run out of memory.
 */
const BYTES_PER_COLUMN_AND_THREAD = 8 * 1024 * 1024;

/** Writing a smaller table leaves little memory behind. */
const LARGE_TABLE_ROWS = 10_000;

export interface WrittenTable {
  readonly table: TableShape;
  /** Absolute path of the Parquet file. */
  readonly path: string;
  readonly rows: number;
  /** Order-independent; equal content has an equal fingerprint as long as the engine's version stays. */
  readonly fingerprint: string;
  readonly sizeBytes: number;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

export interface TransformResult {
  /** In plan order. */
  readonly tables: readonly WrittenTable[];
  /** Those that are evaluated while they are copied. */
  readonly streamed: readonly StreamedTable[];
  readonly issues: readonly TransformIssue[];
  /** How many records the outputs describe; 0 means an empty extract, null that the plan does not say. */
  readonly population: number | null;
  readonly reports: Readonly<Record<string, unknown>>;
  readonly lineage: readonly LineageEdge[];
  /** All that were evaluated, in order. */
  readonly relations: readonly Relation[];
}

export interface TransformProgress {
  readonly done: number;
  readonly total: number;
  /** The step that ended. */
  readonly note: string;
}

export interface RunControl {
  readonly signal: AbortSignal;
  readonly progress: (progress: TransformProgress) => Promise<void> | void;
}

/** Runs plans in an embedded DuckDB with a memory limit; what does not fit spills to disk. */
export class DuckDbEngine {
  constructor(private readonly settings: DuckDbSettings) {}

  /**
   * Writes every output of a plan as one Parquet file in `outDir`, which is made if need be; files of an earlier attempt are
   * overwritten.
   *
   * @throws AppError `transform-failed` naming the step; the signal's reason when it is aborted
   */
  async run(plan: Plan, context: Pick<TransformContext, 'workDir'>, outDir: string, control: RunControl): Promise<TransformResult> {
    return withTimeLimit(this.settings.timeoutMs, control.signal, (signal) =>
      this.runWithin(plan, context, outDir, { ...control, signal }),
    );
  }

  /** Streams rows for `COPY … FROM STDIN`, in column order: as CSV, unless text will do and is there. May be called again. */
  copyRows(source: RowSource, columns: readonly Column[], signal: AbortSignal, takesText = false): CopyText {
    return copyRows(source, columns, this.settings, signal, takesText);
  }

  /** Number and hash of rows, as a target that holds them would have it. Reads all of them. */
  contentOf(source: RowSource, columns: readonly Column[], signal: AbortSignal): Promise<RowsContent> {
    return contentOf(source, columns, this.settings, signal);
  }

  private async runWithin(
    plan: Plan,
    { workDir }: Pick<TransformContext, 'workDir'>,
    outDir: string,
    control: RunControl,
  ): Promise<TransformResult> {
    const { memoryLimitBytes, spillRoot } = this.settings;
    const { signal } = control;
    await mkdir(outDir, { recursive: true });
    const spill = await SpillDirectory.create(spillRoot);
    try {
      const session = await DuckDbSession.open({
        memoryLimitBytes,
        threads: affordableThreads(plan, this.settings),
        tempDirectory: spill.path,
        directories: [workDir, outDir, ...inputDirectories(plan)],
        signal,
      });
      try {
        return await execute(plan, new PlanRunner(session, spill.path), outDir, control);
      } finally {
        session.close();
      }
    } finally {
      await spill.remove();
    }
  }
}

async function execute(plan: Plan, runner: PlanRunner, outDir: string, { signal, progress }: RunControl): Promise<TransformResult> {
  const total = plan.relations.length + plan.outputs.length + plan.checks.length;
  let done = 0;
  const step = (note: string): Promise<void> | void => progress({ done: (done += 1), total, note });
  for (const relation of plan.relations) {
    await runner.define(relation);
    if (relation.kind === 'sql' && relation.materialized) await releaseFreedMemory();
    await step(relation.name);
  }
  if (plan.rest) {
    const rest = await plan.rest.plan(runner.columnsOf(plan.rest.relation));
    const result = await execute(rest, runner, outDir, { signal, progress });
    return { ...result, relations: [...plan.relations, ...result.relations] };
  }
  const population = await runner.population(plan);
  const tables: WrittenTable[] = [];
  const streamed: StreamedTable[] = [];
  for (const [index, output] of plan.outputs.entries()) {
    if (output.streamed !== undefined) {
      streamed.push(streamedTable(plan, output, output.streamed));
      await step(output.table.name);
      continue;
    }
    const table = await write(runner, runner.complete(output), join(outDir, `table-${index}.parquet`), signal);
    tables.push(table);
    if (table.rows >= LARGE_TABLE_ROWS) await releaseFreedMemory();
    await step(output.table.name);
  }
  const issues = [...plan.issues];
  for (const check of plan.checks) {
    issues.push(...(await runner.check(check)));
    await step(check.rule);
  }
  return { tables, streamed, issues, population, reports: plan.reports, lineage: plan.lineage, relations: plan.relations };
}

async function write(runner: PlanRunner, output: PlanOutput, path: string, signal: AbortSignal): Promise<WrittenTable> {
  const { table } = output;
  await runner.write(output, path);
  const { rows, hashSum } = await runner.summarize(path, table.name);
  return { table, path, rows, fingerprint: fingerprint(table, rows, hashSum), ...(await digestFile(path, signal)) };
}

/** The row hash may change with the engine's version, so the version is part of it: at worst an equal table is compared in full. */
function fingerprint({ columns }: TableShape, rows: number, hashSum: string): string {
  const shape = columns.map(({ name, type }) => [name, type]);
  return createHash('sha256')
    .update(JSON.stringify([version(), shape, rows, hashSum]))
    .digest('hex');
}

function affordableThreads(plan: Plan, { memoryLimitBytes, threads }: DuckDbSettings): number {
  const read = plan.relations.map((relation) => (relation.kind === 'files' ? relation.columns.length : 0));
  const written = plan.outputs.map(({ table }) => table.columns.length);
  const widest = Math.max(1, ...read, ...written);
  return Math.min(threads, Math.max(1, Math.floor(memoryLimitBytes / (widest * BYTES_PER_COLUMN_AND_THREAD))));
}

function inputDirectories(plan: Plan): string[] {
  return plan.relations.flatMap((relation) => (relation.kind === 'files' ? relation.files.map(({ path }) => dirname(path)) : []));
}
