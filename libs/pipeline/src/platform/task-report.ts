import { Injectable } from '@nestjs/common';
import { TaskNotFoundError, TaskService, type TaskEntity } from '@app/jobs';
import { AppError, StagingStore } from '@app/platform';
import { RunService, type RunView } from '../runs/run.service';
import type { TransformAttributes } from '../stages/transformed-tables';
import { INGEST_TASK, PERSIST_TASK, TRANSFORM_TASK } from './pipeline-requests';

type Report = Readonly<Record<string, unknown>>;

/** A task as clients of the platform poll it. */
export interface TaskReport {
  readonly task_id: string;
  readonly status: 'pending' | 'completed' | 'failed';
  readonly result: Report | null;
  readonly error: string | null;
}

export class InlinePipelineNotFoundError extends AppError {
  readonly code = 'run-not-found';
  constructor(pipelineId: string) {
    super(`Pipeline ${pipelineId} not found`);
  }
}

const STATUS = { queued: 'pending', started: 'pending', finished: 'completed', failed: 'failed', canceled: 'failed' } as const;
const DEFAULT_SCHEMA = 'public';

/** What tasks did, in the words of the pipeline platform. Counts and names only, never rows. */
@Injectable()
export class TaskReports {
  constructor(
    private readonly tasks: TaskService,
    private readonly runs: RunService,
    private readonly staging: StagingStore,
  ) {}

  /** @throws {TaskNotFoundError} */
  async ofTask(taskId: string): Promise<TaskReport> {
    const task = await this.tasks.find(taskId);
    const run = await this.runs.findByTask(taskId);
    if (run) return this.ofRun(run, taskId, task);
    if (!task) throw new TaskNotFoundError(taskId);
    return { ...outline(task), result: typeof task.result === 'object' ? task.result : { value: task.result } };
  }

  /** The newest run of an id. @throws {InlinePipelineNotFoundError} */
  async ofPipeline(pipelineId: string): Promise<TaskReport> {
    const view = await this.runs.findByPipelineId(pipelineId);
    if (!view) throw new InlinePipelineNotFoundError(pipelineId);
    return this.ofRun(view, view.run.taskId, view.task);
  }

  private async ofRun(view: RunView, taskId: string, task: TaskEntity | null): Promise<TaskReport> {
    const basis = task ? outline(task) : forgotten(view, taskId);
    return { ...basis, result: basis.status === 'pending' ? null : await this.result(view, basis) };
  }

  private async result({ run, stages }: RunView, { task_id, status, error }: TaskReport): Promise<Report> {
    const ids = { pipeline_id: run.definitionName, task_id };
    const rowsOf = (name: string): number | null => {
      const stage = stages.find((each) => each.stage === name && each.status === 'succeeded');
      return stage ? Number(stage.rows) : null;
    };
    const warnings = (run.issues ?? []).map(({ message }) => message);
    const ingestion = await this.staged(run.id, 'extract', rowsOf('extract'), ids, []);
    const transformed = await this.staged(run.id, 'transform', rowsOf('transform'), ids, warnings);
    const transformation = transformed && { ...transformed, ...usedBy(run) };
    const persistence = rowsOf('publish') === null ? null : written({ run, stages } as RunView, ids);
    const single = { [INGEST_TASK]: ingestion, [TRANSFORM_TASK]: transformation, [PERSIST_TASK]: persistence }[run.definitionName];
    if (single) return single;
    const parts = { ...(ingestion && { ingestion }), ...(transformation && { transformation }), ...(persistence && { persistence }) };
    if (status === 'failed') return { status: 'error', pipeline_id: run.definitionName, error, ...parts };
    return { status: 'success', pipeline_id: run.definitionName, ...parts };
  }

  private async staged(
    runId: string,
    stage: string,
    rows: number | null,
    ids: Report,
    warnings: readonly string[],
  ): Promise<Report | null> {
    if (rows === null) return null;
    const manifest = await this.staging.manifest(runId, stage);
    const parts = manifest?.parts ?? [];
    // Tables that are made while they are copied have no parts that another task could go on with.
    const { tables } = (manifest?.attributes ?? {}) as Partial<TransformAttributes>;
    const columns = new Set([
      ...parts.flatMap((part) => part.columns),
      ...(tables ?? []).flatMap(({ shape }) => shape.columns.map(({ name }) => name)),
    ]);
    return {
      status: 'success',
      data_id: parts.length > 0 && rows > 0 ? `${runId}.${stage}` : null,
      row_count: rows,
      // An extract without rows has always been told without columns.
      columns: rows > 0 || stage === 'transform' ? [...columns] : [],
      ...ids,
      ...(warnings.length > 0 && { warnings }),
    };
  }
}

/** Registered transformations, where there are any. */
const usedBy = ({ report }: RunView['run']): Report => (report?.transformations ? { transformations: report.transformations } : {});

function written({ run }: Pick<RunView, 'run'>, ids: Report): Report {
  const tables = run.tables ?? [];
  const { schema = DEFAULT_SCHEMA, table = tables[0]?.table ?? '' } = run.document?.target ?? {};
  const collapsed = tables.reduce((sum, change) => sum + (change.collapsed ?? 0), 0);
  const warnings = tables.flatMap((change) => change.warnings ?? []);
  return {
    status: 'success',
    rows_written: tables.reduce((sum, change) => sum + change.inserted + (change.updated ?? 0), 0),
    table: schema === DEFAULT_SCHEMA ? table : `${schema}.${table}`,
    ...ids,
    ...(collapsed > 0 && { collapsed }),
    ...(warnings.length > 0 && { warnings }),
  };
}

const outline = (task: TaskEntity): TaskReport => ({
  task_id: task.id,
  status: STATUS[task.status],
  result: null,
  error: task.status === 'failed' ? (task.error?.message ?? 'failed') : task.status === 'canceled' ? 'Cancelled on request.' : null,
});

/** Tasks are forgotten before runs are. */
const forgotten = ({ status }: RunView, taskId: string): TaskReport =>
  status === 'succeeded'
    ? { task_id: taskId, status: 'completed', result: null, error: null }
    : { task_id: taskId, status: 'failed', result: null, error: 'The task has ended long ago.' };
