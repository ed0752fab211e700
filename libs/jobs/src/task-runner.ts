import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AppError, failureOf, loggable, withLogContext, type Failure } from '@app/platform';
import { jobsConfig } from './jobs.config';
import { ProcessorRegistry, type AnyProcessor } from './processor.registry';
import { ResourceLocks } from './resource-locks';
import { retryDelayMs } from './retry-delay';
import type { LockRequest, TaskProgress, TaskResult } from './task-definition';
import { TaskQueues } from './task-queues';
import type { TaskEntity } from './task.entity';
import { LEASE_MS, TaskRepository } from './task.repository';

const HEARTBEAT_MS = LEASE_MS / 5;
const PROGRESS_EVERY_MS = 500;
/** A task that keeps killing its workers is given up. */
const MAX_RECOVERIES = 20;

class TaskCancelledError extends AppError {
  readonly code = 'task-cancelled';
  constructor() {
    super('Cancelled on request.');
  }
}

class TaskTimeoutError extends AppError {
  readonly code = 'task-timeout';
  constructor(timeoutMs: number) {
    super(
      `The task took longer than ${timeoutMs / 1000} s (TASK_TIME); what it had finished is kept and a resumed run goes on from there.`,
    );
  }
}

class WorkerLostError extends AppError {
  readonly code = 'worker-lost';
}

class WorkerStopping extends Error {}

/** Takes one task through its life: claim, lock, start, work, end. */
@Injectable()
export class TaskRunner {
  readonly workerId = randomUUID();
  readonly host = hostname();
  private readonly logger = new Logger(TaskRunner.name);
  private readonly running = new Map<AbortController, Promise<void>>();
  private stopping = false;

  constructor(
    private readonly tasks: TaskRepository,
    private readonly locks: ResourceLocks,
    private readonly queues: TaskQueues,
    private readonly processors: ProcessorRegistry,
    @Inject(jobsConfig.KEY) private readonly config: ConfigType<typeof jobsConfig>,
  ) {}

  /** Does the task if it is due and free; otherwise nothing: another hint will come when it is. Answers whether it did. */
  async run(taskId: string): Promise<boolean> {
    if (this.stopping) return false;
    const task = await this.tasks.claim(taskId, this.workerId);
    if (!task) return false;
    const controller = new AbortController();
    const work = withLogContext({ taskId, correlationId: task.correlationId ?? undefined }, () => this.carryOut(task, controller)).finally(
      () => this.running.delete(controller),
    );
    this.running.set(controller, work);
    await work;
    await this.wakeNext();
    return true;
  }

  /** Stops taking tasks and hands back those in hand, which go on elsewhere from their last checkpoint. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const controller of this.running.keys()) controller.abort(new WorkerStopping());
    await Promise.allSettled(this.running.values());
  }

  private async carryOut(task: TaskEntity, controller: AbortController): Promise<void> {
    const { signal } = controller;
    const heart = setInterval(() => void this.beat(task.id, controller), HEARTBEAT_MS);
    try {
      if (task.recoveries > MAX_RECOVERIES)
        throw new WorkerLostError(`Its worker died ${MAX_RECOVERIES} times; look at the memory and the log of the workers.`);
      const lock = await this.locks.acquire(locksOf(task), signal);
      try {
        if (!(await this.tasks.start(task.id, this.workerId))) throw new TaskCancelledError();
        this.logger.log({ task: task.name }, `Task started: ${task.id}`);
        const result = await this.process(task, controller);
        await this.tasks.finish(task.id, this.workerId, result);
        this.logger.log({ task: task.name }, `Task completed: ${task.id}`);
      } finally {
        await lock.release();
      }
    } catch (error) {
      await this.conclude(task, signal.aborted ? signal.reason : error);
    } finally {
      clearInterval(heart);
    }
  }

  private async process(task: TaskEntity, controller: AbortController): Promise<TaskResult> {
    const processor: AnyProcessor | undefined = this.processors.get(task.name);
    if (!processor) throw new WorkerLostError(`This worker does not know the task ${task.name}; all workers must be of one version.`);
    const timeoutMs = Number(task.timeoutMs);
    const timer = setTimeout(() => controller.abort(new TaskTimeoutError(timeoutMs)), timeoutMs);
    const progress = this.progressWriter(task.id);
    try {
      // The registry pairs a task's name with its processor; the payload was parsed when the task was made.
      return await processor.process(task.payload as never, { taskId: task.id, signal: controller.signal, progress: progress.report });
    } finally {
      clearTimeout(timer);
      await progress.flush();
    }
  }

  private async conclude(task: TaskEntity, error: unknown): Promise<void> {
    if (error instanceof WorkerStopping) return this.tasks.handBack(task.id, this.workerId, 0, null);
    if (error instanceof TaskCancelledError) return this.tasks.cancelStarted(task.id, this.workerId);
    const failure = failureOf(error);
    const attempt = task.attempt + (task.status === 'queued' ? 1 : 0); // the row as it was claimed; starting counts
    if (failure.retryable && attempt < task.maxAttempts) return this.retryLater(task, attempt, failure);
    this.logger.error({ task: task.name, error: loggable(error) }, `Task failed: ${task.id}`);
    await this.tasks.fail(task.id, this.workerId, failure);
  }

  private async retryLater(task: TaskEntity, attempt: number, failure: Failure): Promise<void> {
    const delayMs = retryDelayMs(attempt, this.config, Math.random());
    this.logger.warn({ task: task.name, code: failure.code, attempt, delayMs }, 'task failed and will be tried again');
    await this.tasks.handBack(task.id, this.workerId, delayMs, failure);
    await this.queues.hint(task.queue, task.id, `retry-${attempt}-${task.recoveries}`, delayMs);
  }

  /** Renews the lease; a lost one, or a wish to cancel, aborts the work. A database that is away is waited for. */
  private async beat(taskId: string, controller: AbortController): Promise<void> {
    try {
      const { held, cancelRequested } = await this.tasks.heartbeat(taskId, this.workerId);
      if (controller.signal.aborted) return;
      if (!held) controller.abort(new WorkerLostError('Another worker took over.'));
      else if (cancelRequested) controller.abort(new TaskCancelledError());
    } catch (error) {
      this.logger.warn(loggable(error), 'heartbeat missed');
    }
  }

  private progressWriter(taskId: string): { report: (progress: TaskProgress) => void; flush: () => Promise<void> } {
    let latest: TaskProgress | null = null;
    let writing = Promise.resolve();
    let writtenAt = 0;
    const write = (): void => {
      if (!latest) return;
      const value = latest;
      latest = null;
      writtenAt = Date.now();
      writing = writing.then(() => this.tasks.progress(taskId, this.workerId, value)).catch(() => undefined); // progress is a courtesy
    };
    return {
      report: (progress) => {
        latest = progress;
        if (Date.now() - writtenAt >= PROGRESS_EVERY_MS) write();
      },
      flush: () => {
        write();
        return writing;
      },
    };
  }

  private async wakeNext(): Promise<void> {
    for (const { id, queue, chance } of await this.tasks.claimable(this.config.concurrency)) await this.queues.hint(queue, id, chance);
  }
}

const locksOf = (task: TaskEntity): LockRequest[] => [
  ...task.exclusiveLocks.map((resource) => ({ resource, mode: 'exclusive' as const })),
  ...task.sharedLocks.map((resource) => ({ resource, mode: 'shared' as const })),
];
