import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Interval } from '@nestjs/schedule';
import { failureOf, loggable } from '@app/platform';
import { jobsConfig } from './jobs.config';
import { LockNotAvailableError } from './resource-locks';
import { TaskQueues } from './task-queues';
import { TaskRepository } from './task.repository';

const RECONCILE_EVERY_MS = 2_000;
const HINTS_A_ROUND = 200;
const PURGE_EVERY_MS = 600_000;
const KEEP_FAILED_MS = 365 * 24 * 3_600_000;

/**
 * Brings rows and queue together again, whichever of them forgot: a task whose hint was lost gets another, a hint whose
 * task has ended finds nothing to do. Runs in every worker; doing it twice is harmless.
 */
@Injectable()
export class Reconciler {
  private readonly logger = new Logger(Reconciler.name);
  private busy = false;
  private purgedAt = 0;

  constructor(
    private readonly tasks: TaskRepository,
    private readonly queues: TaskQueues,
    @Inject(jobsConfig.KEY) private readonly config: ConfigType<typeof jobsConfig>,
  ) {}

  @Interval(RECONCILE_EVERY_MS)
  async reconcile(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const { id, queue, chance } of await this.tasks.claimable(HINTS_A_ROUND)) await this.queues.hint(queue, id, chance);
      await this.tasks.expireLockWaits(
        this.config.lockTimeoutMs,
        failureOf(new LockNotAvailableError(['The warehouse'], this.config.lockTimeoutMs)),
      );
      if (Date.now() - this.purgedAt > PURGE_EVERY_MS) await this.purge();
    } catch (error) {
      this.logger.warn(loggable(error), 'reconciling failed; it will be tried again');
    } finally {
      this.busy = false;
    }
  }

  private async purge(): Promise<void> {
    await this.tasks.purge(this.config.resultTtlMs, KEEP_FAILED_MS);
    this.purgedAt = Date.now();
  }
}
