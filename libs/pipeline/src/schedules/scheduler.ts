import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Interval } from '@nestjs/schedule';
import { InjectRepository } from '@nestjs/typeorm';
import { loggable } from '@app/platform';
import { Repository } from 'typeorm';
import type { DefinitionEntity } from '../definitions/definition.entity';
import { DefinitionService } from '../definitions/definition.service';
import { RunService } from '../runs/run.service';
import { dueFirings, missedFirings, type DueFiring, type Span } from './due-firings';
import { EffectiveSchedules } from './effective-schedule';
import { FiringLog } from './firing-log';
import { ScheduleEntity } from './schedule.entity';
import { LOOK_EVERY_MS, schedulerConfig } from './scheduler.config';

/**
 * Starts runs when their time has come. Every worker looks; what is due since the last look of any of them is recorded
 * first, and a firing's own time is the idempotency key of its run, so it starts one run however many workers see it.
 */
@Injectable()
export class Scheduler {
  private readonly logger = new Logger(Scheduler.name);
  private looking = false;

  constructor(
    @Inject(schedulerConfig.KEY) private readonly config: ConfigType<typeof schedulerConfig>,
    @InjectRepository(ScheduleEntity) private readonly states: Repository<ScheduleEntity>,
    private readonly schedules: EffectiveSchedules,
    private readonly firings: FiringLog,
    private readonly definitions: DefinitionService,
    private readonly runs: RunService,
  ) {}

  @Interval(LOOK_EVERY_MS)
  async tick(): Promise<void> {
    if (!this.config.enabled || this.looking) return;
    this.looking = true;
    try {
      await this.look(new Date());
    } catch (error) {
      this.logger.warn(loggable(error), 'schedules could not be looked at; the next look begins where the last one ended');
    } finally {
      this.looking = false;
    }
  }

  /** Settles everything that was due up to now. One definition that cannot be started holds up no other. */
  async look(now: Date): Promise<void> {
    const states = new Map((await this.states.find()).map((state) => [state.definition, state]));
    for (const definition of await this.definitions.list()) {
      try {
        await this.lookAt(definition, states.get(definition.name) ?? null, now);
      } catch (error) {
        this.logger.warn({ pipeline: definition.name, ...loggable(error) }, 'a schedule could not be looked at; the next look tries again');
      }
    }
  }

  private async lookAt(definition: DefinitionEntity, state: ScheduleEntity | null, now: Date): Promise<void> {
    // Nobody looked before: what was due longer ago than the grace is not known to have been missed.
    const since = state?.lookedAt ?? new Date(Math.max(definition.createdAt.getTime(), now.getTime() - this.config.graceMs));
    const due = this.due(definition, state, { since, until: now });
    await this.firings.record(definition.name, due);
    const missed = due.filter((firing) => firing.missed !== null);
    if (missed.length > 0) this.logger.warn({ pipeline: definition.name, missed: missed.length, first: missed[0]?.at }, 'schedule missed');
    await this.start(definition.name);
    await this.lookedUntil(definition.name, now);
  }

  private due(definition: DefinitionEntity, state: ScheduleEntity | null, span: Span): DueFiring[] {
    const schedule = this.schedules.of(definition, state);
    if (!schedule) return [];
    return state?.paused ? missedFirings(schedule, span, 'paused') : dueFirings(schedule, span, this.config.graceMs);
  }

  private async start(pipeline: string): Promise<void> {
    for (const firing of await this.firings.unstarted(pipeline)) {
      const at = firing.firesAt;
      const { runId } = await this.runs.start({ pipeline, trigger: 'schedule', idempotencyKey: `schedule:${at.toISOString()}` });
      await this.firings.started(firing, runId);
      this.logger.log({ pipeline, at, runId }, 'schedule fired');
    }
  }

  /** Never backwards: another worker may have looked later, or has a clock that is ahead. */
  private async lookedUntil(definition: string, now: Date): Promise<void> {
    await this.states.query(
      `insert into tributary.schedule as s (definition, looked_at) values ($1, $2)
        on conflict (definition) do update set looked_at = greatest(s.looked_at, excluded.looked_at)`,
      [definition, now],
    );
  }
}
