import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AppError, currentLogContext } from '@app/platform';
import type { EntityManager } from 'typeorm';
import { jobsConfig } from './jobs.config';
import type { AnyTaskDefinition, TaskDefinition } from './task-definition';
import { TaskQueues } from './task-queues';
import type { TaskEntity, TaskStatus } from './task.entity';
import { TaskRepository } from './task.repository';

export class TaskNotFoundError extends AppError {
  readonly code = 'task-not-found';
  constructor(id: string) {
    super(`Task ${id} not found`);
  }
}

export interface EnqueueOptions {
  /** The id the task gets, for what must carry it before the task exists; a new UUID by default. */
  readonly id?: string;
  /** The name clients are shown; the task's own by default. */
  readonly displayName?: string;
  /** A neutral sentence: the operation and its object. */
  readonly description: string;
  readonly idempotencyKey?: string;
  /** Fails the task when it takes longer; `TASK_TIME` by default. */
  readonly timeoutMs?: number;
  /** The transaction that creates what the task is about, so that neither exists without the other. */
  readonly manager?: EntityManager;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tasks as clients see them: made here, looked up here, cancelled here; worked on elsewhere. */
@Injectable()
export class TaskService {
  constructor(
    private readonly tasks: TaskRepository,
    private readonly queues: TaskQueues,
    @Inject(jobsConfig.KEY) private readonly config: ConfigType<typeof jobsConfig>,
  ) {}

  /**
   * Writes the task's row. Call `announce` after its transaction committed; until then no worker sees it.
   * A task that is never announced is found by the reconciler. It keeps the correlation id of the request that makes it.
   */
  async create<Payload>(definition: TaskDefinition<Payload>, payload: Payload, options: EnqueueOptions): Promise<string> {
    const parsed = definition.payload.parse(payload);
    const locks = definition.locks(parsed);
    const id = options.id ?? randomUUID();
    await this.tasks.insert(
      {
        id,
        name: definition.name,
        displayName: options.displayName ?? definition.name,
        description: options.description,
        queue: definition.queue,
        payload: parsed,
        exclusiveLocks: locks.filter((lock) => lock.mode === 'exclusive').map((lock) => lock.resource),
        sharedLocks: locks.filter((lock) => lock.mode === 'shared').map((lock) => lock.resource),
        maxAttempts: this.config.maxRetries + 1,
        timeoutMs: String(options.timeoutMs ?? this.config.taskTimeoutMs),
        correlationId: currentLogContext().correlationId ?? null,
        idempotencyKey: options.idempotencyKey ?? null,
      },
      options.manager,
    );
    return id;
  }

  /** Tells the workers about a committed task. */
  async announce(id: string, definition: AnyTaskDefinition): Promise<void> {
    await this.tasks.markEnqueued(id);
    await this.queues.hint(definition.queue, id, '0-0');
  }

  async find(id: string): Promise<TaskEntity | null> {
    return UUID.test(id) ? this.tasks.find(id) : null;
  }

  /** @throws {TaskNotFoundError} */
  async get(id: string): Promise<TaskEntity> {
    const task = await this.find(id);
    if (!task) throw new TaskNotFoundError(id);
    return task;
  }

  /** Ids in the order in which the tasks were made; ended ones only if they ended within `endedWithinMs`. */
  idsIn(status: TaskStatus, endedWithinMs?: number): Promise<string[]> {
    return this.tasks.idsIn(status, endedWithinMs);
  }

  /** Ends a task that has not started; one that runs or has ended is left alone. */
  async cancelIfQueued(id: string): Promise<boolean> {
    await this.get(id);
    return this.tasks.cancelQueued(id);
  }

  /** Ends a task that has not started at once, and asks the worker of a running one to stop. */
  async cancel(id: string): Promise<void> {
    if (!(await this.cancelIfQueued(id))) await this.tasks.requestCancel(id);
  }
}
