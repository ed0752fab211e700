import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Interval } from '@nestjs/schedule';
import { defineConfig, flag, loggable } from '@app/platform';
import { CronTime } from 'cron';
import { z } from 'zod';
import { DefinitionService } from '../definitions/definition.service';
import { REDCAP_DEFINITION } from '../redcap/redcap.definition';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';
import { RunService } from '../runs/run.service';

export const schedulerConfig = defineConfig('scheduler', z.object({ SCHEDULES_ENABLED: flag().default(true) }), (env) => ({ enabled: env.SCHEDULES_ENABLED }));

const LOOK_EVERY_MS = 5_000;

interface Schedule {
  readonly cron: string;
  readonly timeZone?: string;
}

/**
 * Starts runs when their time has come. Every worker looks; the firing's own time is the idempotency key of its run, so
 * a firing starts one run however many workers see it.
 */
@Injectable()
export class Scheduler {
  private readonly logger = new Logger(Scheduler.name);
  private lookedAt = new Date();

  constructor(
    @Inject(schedulerConfig.KEY) private readonly config: ConfigType<typeof schedulerConfig>,
    @Inject(redcapSyncConfig.KEY) private readonly redcap: ConfigType<typeof redcapSyncConfig>,
    private readonly definitions: DefinitionService,
    private readonly runs: RunService,
  ) {}

  @Interval(LOOK_EVERY_MS)
  async look(): Promise<void> {
    if (!this.config.enabled) return;
    const since = this.lookedAt;
    const until = new Date();
    this.lookedAt = until;
    try {
      for (const { name, document } of await this.definitions.list()) {
        const schedule = document.schedule ?? (name === REDCAP_DEFINITION.name ? this.redcap.schedule : null);
        const firing = schedule && firingBetween(schedule, since, until);
        if (firing) await this.fire(name, firing);
      }
    } catch (error) {
      this.lookedAt = since; // nothing is missed: the same span is looked at again
      this.logger.warn(loggable(error), 'schedules could not be looked at');
    }
  }

  private async fire(pipeline: string, at: Date): Promise<void> {
    const { runId } = await this.runs.start({ pipeline, trigger: 'schedule', idempotencyKey: `schedule:${at.toISOString()}` });
    this.logger.log({ pipeline, at, runId }, 'schedule fired');
  }
}

/** The last time the schedule fires after `since` and not after `until`; null when it does not. */
export function firingBetween(schedule: Schedule, since: Date, until: Date): Date | null {
  const time = new CronTime(schedule.cron, schedule.timeZone);
  let firing: Date | null = null;
  for (let next = time.getNextDateFrom(since, schedule.timeZone).toJSDate(); next <= until; next = time.getNextDateFrom(next, schedule.timeZone).toJSDate()) {
    firing = next;
  }
  return firing;
}
