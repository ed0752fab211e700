import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { SchedulerRegistry } from '@nestjs/schedule';
import { loggable } from '@app/platform';
import { CronJob, CronTime } from 'cron';
import { backupConfig } from './backup.config';
import { BackupService } from './backup.service';

const JOB = 'backup';
const MS_PER_SECOND = 1000;
const UNIQUE_VIOLATION = '23505';

/** Queues backups by the clock, in local time: one for each firing, however many workers see it. */
@Injectable()
export class BackupSchedule implements OnApplicationBootstrap {
  private readonly logger = new Logger(BackupSchedule.name);

  constructor(
    @Inject(backupConfig.KEY) private readonly config: ConfigType<typeof backupConfig>,
    private readonly jobs: SchedulerRegistry,
    private readonly backups: BackupService,
  ) {}

  /** The registry ends the job with the process. */
  onApplicationBootstrap(): void {
    const { schedule } = this.config;
    if (schedule === null) return;
    this.jobs.addCronJob(JOB, CronJob.from({ cronTime: schedule, onTick: () => this.fire(schedule, new Date()), start: true }));
  }

  /** The firing is known by the one that follows it, so that workers whose clocks or hands are slow mean the same one. */
  async fire(schedule: string, at: Date): Promise<void> {
    const following = new CronTime(schedule).getNextDateFrom(new Date(at.getTime() + MS_PER_SECOND)).toJSDate();
    try {
      await this.backups.create('schedule', `backup before ${following.toISOString()}`);
    } catch (error) {
      if (isTaken(error)) return; // another worker was first
      this.logger.error(loggable(error), 'the scheduled backup could not be queued');
    }
  }
}

const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
