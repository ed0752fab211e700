import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { DefinitionEntity } from '../definitions/definition.entity';
import { DefinitionService } from '../definitions/definition.service';
import { nextFiring, type CronSchedule } from './cron-schedule';
import { missedFirings } from './due-firings';
import { EffectiveSchedules, type OriginatedSchedule } from './effective-schedule';
import { FiringLog } from './firing-log';
import { ScheduleEntity, type ScheduleFiringEntity } from './schedule.entity';

/** Firings shown of one schedule. */
const SHOWN_FIRINGS = 50;

export interface ScheduleView {
  readonly definition: string;
  /** Null: it never runs by itself. */
  readonly schedule: OriginatedSchedule | null;
  readonly paused: boolean;
  readonly lastFired: ScheduleFiringEntity | null;
  /** Null while it is paused or has no schedule. */
  readonly nextAt: Date | null;
}

/** Schedules as people see and change them. */
@Injectable()
export class ScheduleService {
  constructor(
    @InjectRepository(ScheduleEntity) private readonly states: Repository<ScheduleEntity>,
    private readonly definitions: DefinitionService,
    private readonly schedules: EffectiveSchedules,
    private readonly firings: FiringLog,
  ) {}

  /** Of every definition, by name. */
  async list(): Promise<ScheduleView[]> {
    const definitions = await this.definitions.list();
    const states = new Map((await this.states.find()).map((state) => [state.definition, state]));
    const fired = await this.firings.lastFired();
    return definitions.map((definition) => this.view(definition, states.get(definition.name) ?? null, fired));
  }

  /** @throws {DefinitionNotFoundError} */
  async get(name: string): Promise<ScheduleView> {
    const definition = await this.definitions.get(name);
    return this.view(definition, await this.states.findOneBy({ definition: name }), await this.firings.lastFired());
  }

  /** The last firings, fired or missed, newest first. */
  recentFirings(name: string): Promise<ScheduleFiringEntity[]> {
    return this.firings.recent(name, SHOWN_FIRINGS);
  }

  /** Puts a schedule in place of the definition's own; null goes back to that. Checked by the caller. @throws {DefinitionNotFoundError} */
  edit(name: string, schedule: CronSchedule | null, by: string): Promise<void> {
    return this.change(name, { cron: schedule?.cron ?? null, timeZone: schedule?.timeZone ?? null }, by);
  }

  /** Paused, it fires nothing and records what it missed; going on does not catch up. @throws {DefinitionNotFoundError} */
  setPaused(name: string, paused: boolean, by: string): Promise<void> {
    return this.change(name, { paused }, by);
  }

  /** A firing that no worker has looked at yet belongs to the schedule as it was, and is missed. */
  private async change(name: string, edit: Partial<ScheduleEntity>, by: string): Promise<void> {
    const definition = await this.definitions.get(name);
    await this.states.manager.transaction(async (manager) => {
      const now = new Date();
      await manager.createQueryBuilder().insert().into(ScheduleEntity).values({ definition: name, lookedAt: now }).orIgnore().execute();
      const state = await manager.findOneOrFail(ScheduleEntity, { where: { definition: name }, lock: { mode: 'pessimistic_write' } });
      if (isUnchanged(state, edit)) return;
      await this.recordMissed(definition, state, now, manager);
      const lookedAt = state.lookedAt > now ? state.lookedAt : now;
      await manager.update(ScheduleEntity, { definition: name }, { ...edit, lookedAt, changedBy: by, changedAt: now });
    });
  }

  private async recordMissed(definition: DefinitionEntity, state: ScheduleEntity, now: Date, manager: EntityManager): Promise<void> {
    const schedule = this.schedules.of(definition, state);
    if (!schedule) return;
    const missed = missedFirings(schedule, { since: state.lookedAt, until: now }, state.paused ? 'paused' : 'changed');
    await this.firings.record(definition.name, missed, manager);
  }

  private view(definition: DefinitionEntity, state: ScheduleEntity | null, fired: ReadonlyMap<string, ScheduleFiringEntity>): ScheduleView {
    const schedule = this.schedules.of(definition, state);
    const paused = state?.paused ?? false;
    return {
      definition: definition.name,
      schedule,
      paused,
      lastFired: fired.get(definition.name) ?? null,
      nextAt: schedule && !paused ? nextFiring(schedule, new Date()) : null,
    };
  }
}

const isUnchanged = (state: ScheduleEntity, edit: Partial<ScheduleEntity>): boolean =>
  (Object.keys(edit) as (keyof ScheduleEntity)[]).every((key) => state[key] === edit[key]);
