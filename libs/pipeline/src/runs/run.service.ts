import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import type { Publication } from '@app/persistence';
import { AppError, StagingStore } from '@app/platform';
import { TaskEntity, TaskService } from '@app/jobs';
import { DataSource, Repository } from 'typeorm';
import type { PipelineDefinition } from '../definitions/definition';
import { DefinitionService } from '../definitions/definition.service';
import { Connectors } from '../stages/connectors';
import type { SignedManifest } from '../manifest/manifest-signer';
import type { StageName } from '../stages/stage';
import { RunKeys } from './run-keys';
import { runPipelineTask } from './run-pipeline.task';
import { RunEntity, RunStageEntity } from './run.entity';

export class RunNotFoundError extends AppError {
  readonly code = 'run-not-found';
  constructor(id: string) {
    super(`Run ${id} not found`);
  }
}

export class ManifestNotFoundError extends AppError {
  readonly code = 'manifest-not-found';
  constructor(id: string) {
    super(`Run ${id} has published nothing, so nothing is proved of it.`);
  }
}

export class RunNotResumableError extends AppError {
  readonly code = 'run-not-resumable';
  constructor(id: string, status: RunStatus) {
    super(`Run ${id} is ${status}; only a failed or cancelled run can be resumed.`);
  }
}

export class RunNotCancellableError extends AppError {
  readonly code = 'run-not-cancellable';
  constructor(id: string, status: RunStatus) {
    super(`Run ${id} is ${status}; only a queued or running run can be cancelled.`);
  }
}

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export interface StartRunRequest {
  readonly pipeline: string;
  /** `allowShrink: true` lifts the shrink brake for this run, `allowRemovedFields: true` the check that the dictionary still has the mapped fields. */
  readonly parameters?: Record<string, unknown>;
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly trigger: 'api' | 'sync' | 'schedule' | 'start';
  /** The same key with the same request answers the first run. */
  readonly idempotencyKey?: string;
  /** The name the task is shown under. */
  readonly displayName?: string;
}

/** A run of a pipeline that comes along with the request. */
export interface StartInlineRequest {
  /** As `PUT /definitions/:name` takes it; its name does not matter. */
  readonly document: Readonly<Record<string, unknown>>;
  /** What the run is listed under; the newest run of an id is its state. */
  readonly pipelineId: string;
  /** The only stages to go through; all by default. */
  readonly stages?: readonly StageName[];
  readonly parameters?: Record<string, unknown>;
  readonly dryRun?: boolean;
  readonly trigger?: 'api';
  /** The same key with the same request answers the first run. */
  readonly idempotencyKey?: string;
  readonly displayName?: string;
}

export interface StartedRun {
  readonly runId: string;
  readonly taskId: string;
}

/** A run with everything a client is shown. */
export interface RunView {
  readonly run: RunEntity;
  readonly task: TaskEntity | null;
  readonly stages: readonly RunStageEntity[];
  readonly status: RunStatus;
}

const STATUS_OF_TASK = { queued: 'queued', started: 'running', finished: 'succeeded', failed: 'failed', canceled: 'cancelled' } as const;
/** The documents of pipelines that come along need a name, and their runs are listed under another. */
const INLINE_NAME = 'inline';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

@Injectable()
export class RunService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    @InjectRepository(RunStageEntity) private readonly stages: Repository<RunStageEntity>,
    private readonly definitions: DefinitionService,
    private readonly connectors: Connectors,
    private readonly tasks: TaskService,
    private readonly staging: StagingStore,
    private readonly keys: RunKeys,
  ) {}

  /** Records a run of the pipeline's newest version and queues it. @throws {DefinitionNotFoundError | IdempotencyConflictError} */
  async start(request: StartRunRequest): Promise<StartedRun> {
    const definition = await this.definitions.get(request.pipeline);
    const run = {
      ...this.asked(request, request.pipeline),
      definitionName: definition.name,
      definitionVersion: definition.version,
      document: null,
      stages: null,
      full: request.full ?? false,
      trigger: request.trigger,
    };
    return this.startOnce(run, definition.document, request.displayName);
  }

  /** The same for a pipeline that is sent along. @throws {DefinitionInvalidError | IdempotencyConflictError} */
  async startInline(request: StartInlineRequest): Promise<StartedRun> {
    const document = this.definitions.parse({ ...request.document, name: INLINE_NAME });
    const run = {
      ...this.asked(request, INLINE_NAME),
      definitionName: request.pipelineId,
      definitionVersion: 0,
      document,
      stages: request.stages ? [...request.stages] : null,
      full: false,
      trigger: request.trigger ?? 'api',
    };
    return this.startOnce(run, document, request.displayName);
  }

  /** The newest run of a pipeline that was sent along. */
  async findByPipelineId(pipelineId: string): Promise<RunView | null> {
    const run = await this.runs.findOne({ where: { definitionName: pipelineId, definitionVersion: 0 }, order: { seq: 'DESC' } });
    return run && this.view(run);
  }

  /** The run that a task carries out, or null. */
  async findByTask(taskId: string): Promise<RunView | null> {
    const run = UUID.test(taskId) ? await this.runs.findOneBy({ taskId }) : null;
    return run && this.view(run);
  }

  /** @throws {RunNotFoundError} */
  async get(id: string): Promise<RunView> {
    const run = UUID.test(id) ? await this.runs.findOneBy({ id }) : null;
    if (!run) throw new RunNotFoundError(id);
    return this.view(run);
  }

  /** What is proved of what a run published. @throws {RunNotFoundError | ManifestNotFoundError} */
  async manifest(id: string): Promise<SignedManifest> {
    const { run } = await this.get(id);
    if (!run.manifest) throw new ManifestNotFoundError(id);
    return run.manifest;
  }

  /** What a dry run would write: rows by table. @throws {RunNotFoundError} */
  async difference(id: string): Promise<unknown> {
    const { run } = await this.get(id);
    const manifest = run.dryRun ? await this.staging.manifest(id, 'publish') : null;
    return (manifest?.attributes.publication as Publication | undefined)?.differences ?? {};
  }

  /** Newest first. */
  async list(filter: {
    pipeline?: string;
    status?: RunStatus;
    limit: number;
    offset: number;
  }): Promise<{ total: number; runs: RunView[] }> {
    const query = this.runs.createQueryBuilder('r').leftJoin(TaskEntity, 't', 't.id = r.task_id').orderBy('r.seq', 'DESC');
    if (filter.pipeline) query.andWhere('r.definition_name = :pipeline', { pipeline: filter.pipeline });
    if (filter.status)
      query.andWhere('t.status = :status', { status: Object.entries(STATUS_OF_TASK).find(([, status]) => status === filter.status)?.[0] });
    const [runs, total] = await query.limit(filter.limit).offset(filter.offset).getManyAndCount();
    return { total, runs: await Promise.all(runs.map((run) => this.view(run))) };
  }

  /** Takes a failed or cancelled run up again, at the first stage that is not done. */
  async resume(id: string): Promise<StartedRun> {
    const { run, status } = await this.get(id);
    if (status !== 'failed' && status !== 'cancelled') throw new RunNotResumableError(id, status);
    return { runId: id, taskId: await this.enqueue(run, await this.definitions.documentOf(run)) };
  }

  /** Ends a run that waits; asks one that runs to stop. What it staged is kept, so it may be resumed. */
  async cancel(id: string): Promise<StartedRun> {
    const { run, status } = await this.get(id);
    if (status !== 'queued' && status !== 'running') throw new RunNotCancellableError(id, status);
    await this.tasks.cancel(run.taskId);
    return { runId: id, taskId: run.taskId };
  }

  private asked(
    request: StartRunRequest | StartInlineRequest,
    keyScope: string,
  ): Pick<NewRun, 'id' | 'parameters' | 'dryRun' | 'idempotencyKey'> {
    return {
      id: randomUUID(),
      parameters: request.parameters ?? {},
      dryRun: request.dryRun ?? false,
      idempotencyKey: this.keys.scoped(keyScope, request.idempotencyKey),
    };
  }

  private async startOnce(run: NewRun, document: PipelineDefinition, displayName: string | undefined): Promise<StartedRun> {
    const first = await this.keys.earlier(run);
    if (first) return { runId: first.id, taskId: first.taskId };
    try {
      return { runId: run.id, taskId: await this.enqueue(run, document, displayName) };
    } catch (error) {
      // Two requests with one key at the same time: the unique index let one in, which answers both.
      const winner = await this.keys.earlier(run);
      if (winner) return { runId: winner.id, taskId: winner.taskId };
      throw error;
    }
  }

  /** Run and task are written together, so that neither exists without the other. */
  private async enqueue(run: NewRun, document: PipelineDefinition, displayName?: string): Promise<string> {
    const tables = run.stages && !run.stages.includes('publish') ? [] : this.connectors.tablesOf(document);
    const taskId = await this.dataSource.transaction(async (manager) => {
      const created = await this.tasks.create(
        runPipelineTask,
        { runId: run.id, dryRun: run.dryRun, ...(tables && { tables: [...tables] }) },
        {
          displayName,
          description: `run of pipeline ${run.definitionName}`,
          manager,
          ...(document.timeoutSeconds !== undefined && { timeoutMs: document.timeoutSeconds * 1000 }),
        },
      );
      await manager.save(RunEntity, { ...run, taskId: created, backupName: null });
      return created;
    });
    await this.tasks.announce(taskId, runPipelineTask);
    return taskId;
  }

  private async view(run: RunEntity): Promise<RunView> {
    const task = await this.tasks.find(run.taskId);
    const stages = await this.stages.find({ where: { runId: run.id }, order: { ordinal: 'ASC' } });
    // Tasks are forgotten in time; a run that published did succeed.
    const status = task ? STATUS_OF_TASK[task.status] : run.tables ? 'succeeded' : 'failed';
    return { run, task, stages, status };
  }
}

type NewRun = Pick<
  RunEntity,
  'id' | 'parameters' | 'dryRun' | 'idempotencyKey' | 'definitionName' | 'definitionVersion' | 'document' | 'stages' | 'full' | 'trigger'
>;
