import { Inject, Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Interval } from '@nestjs/schedule';
import { loggable } from '@app/platform';
import { jobsConfig } from './jobs.config';
import { ProcessorRegistry } from './processor.registry';
import type { AnyTaskDefinition } from './task-definition';
import { TaskQueues } from './task-queues';
import { TaskRunner } from './task-runner';
import { WorkerRepository } from './worker.repository';

const HEARTBEAT_EVERY_MS = 10_000;

/** The tasks this process must be able to do. */
export const TASK_DEFINITIONS = Symbol('TASK_DEFINITIONS');

/** Makes a process a worker: checks its processors, listens to the queues, says that it lives, hands back on stop. */
@Injectable()
export class WorkerService implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WorkerService.name);
  private tasksDone = 0;

  constructor(
    @Inject(TASK_DEFINITIONS) private readonly definitions: readonly AnyTaskDefinition[],
    @Inject(jobsConfig.KEY) private readonly config: ConfigType<typeof jobsConfig>,
    private readonly processors: ProcessorRegistry,
    private readonly runner: TaskRunner,
    private readonly queues: TaskQueues,
    private readonly workers: WorkerRepository,
  ) {}

  onModuleInit(): void {
    this.processors.collect(this.definitions);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.heartbeat();
    this.queues.listen(this.config.concurrency, (taskId) => this.work(taskId));
    this.logger.log({ workerId: this.runner.workerId, concurrency: this.config.concurrency }, 'worker ready');
  }

  private async work(taskId: string): Promise<void> {
    try {
      if (!(await this.runner.run(taskId))) return;
    } catch (error) {
      this.logger.warn(loggable(error), 'a task was dropped; its lease will end and it will be taken up again');
    }
    this.tasksDone += 1;
    if (this.tasksDone !== this.config.maxTasks) return;
    this.logger.log({ tasks: this.tasksDone }, 'worker has done its share (WORKER_MAX_TASKS_PER_CHILD) and stops');
    process.kill(process.pid, 'SIGTERM');
  }

  @Interval(HEARTBEAT_EVERY_MS)
  async heartbeat(): Promise<void> {
    try {
      await this.workers.heartbeat({
        id: this.runner.workerId,
        host: this.runner.host,
        pid: process.pid,
        concurrency: this.config.concurrency,
        queues: this.queues.names,
        rssBytes: process.memoryUsage.rss(),
      });
      await this.workers.forgetDead();
    } catch (error) {
      this.logger.warn(loggable(error), 'worker heartbeat missed');
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled([this.queues.stopListening(), this.runner.stop()]);
    await this.sayGoodbye().catch(() => undefined); // statistics are no reason to fail
    await this.workers.remove(this.runner.workerId).catch(() => undefined); // the database may be gone first; the row ages out
  }

  private async sayGoodbye(): Promise<void> {
    const self = (await this.workers.alive()).find(({ id }) => id === this.runner.workerId);
    if (!self) return;
    const { uptimeSeconds, tasksSucceeded, tasksFailed } = self;
    this.logger.log({ uptimeSeconds, tasksSucceeded, tasksFailed }, 'worker stopped');
  }
}
