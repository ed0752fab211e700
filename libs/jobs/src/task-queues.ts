import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { loggable } from '@app/platform';
import type { Queue } from 'bull';
import { QUEUES, type QueueName } from './task-definition';

/** A queue that does not answer must not hold up a request: the task is a row already and the reconciler will find it. */
const ADD_TIMEOUT_MS = 2_000;

/** What travels through Redis: nothing but an id. */
export interface TaskJob {
  readonly taskId: string;
}

/** The Bull queues. A job in them is only a hint to look at a task's row; losing it loses nothing. */
@Injectable()
export class TaskQueues implements OnApplicationShutdown {
  private readonly logger = new Logger(TaskQueues.name);
  private readonly queues: ReadonlyMap<string, Queue<TaskJob>>;

  constructor(
    @InjectQueue('pipeline') pipeline: Queue<TaskJob>,
    @InjectQueue('ingestion') ingestion: Queue<TaskJob>,
    @InjectQueue('transformation') transformation: Queue<TaskJob>,
    @InjectQueue('persistence') persistence: Queue<TaskJob>,
  ) {
    this.queues = new Map([pipeline, ingestion, transformation, persistence].map((queue) => [queue.name, queue]));
    for (const queue of this.queues.values()) queue.on('error', (error) => this.logger.warn(loggable(error), 'queue unreachable'));
  }

  get names(): readonly QueueName[] {
    return QUEUES;
  }

  /**
   * Points a worker at a task. Hints with the same `chance` are one; a hint that cannot be given is not an error.
   */
  async hint(queue: string, taskId: string, chance: string, delayMs = 0): Promise<void> {
    const options = { jobId: `${taskId}:${chance}`, delay: delayMs, removeOnComplete: true, removeOnFail: true };
    const added = this.get(queue).add({ taskId }, options);
    added.catch(() => undefined); // a late failure after the timeout below; the reconciler repeats the hint
    try {
      await Promise.race([added, rejectAfter(ADD_TIMEOUT_MS)]);
    } catch (error) {
      this.logger.warn(loggable(error), 'a task could not be queued yet; it will be tried again');
    }
  }

  /** Calls `work` for each hint, `concurrency` at a time and queue. */
  listen(concurrency: number, work: (taskId: string) => Promise<void>): void {
    for (const queue of this.queues.values()) void queue.process(concurrency, (job) => work(job.data.taskId));
  }

  /** Takes no more hints; those in hand go on. */
  async stopListening(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.pause(true, true)));
  }

  async ping(): Promise<void> {
    await Promise.race([this.get('pipeline').client.ping(), rejectAfter(ADD_TIMEOUT_MS)]);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.close(true)));
  }

  private get(name: string): Queue<TaskJob> {
    const queue = this.queues.get(name);
    if (!queue) throw new Error(`There is no queue ${name}.`);
    return queue;
  }
}

const rejectAfter = (ms: number): Promise<never> =>
  new Promise((_resolve, reject) => setTimeout(() => reject(new Error('Redis did not answer in time')), ms).unref());
