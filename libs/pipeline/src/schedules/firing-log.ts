import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository, type EntityManager } from 'typeorm';
import type { DueFiring } from './due-firings';
import { ScheduleFiringEntity } from './schedule.entity';

/** The record of every firing that was due. An instant is decided once: whoever records it first. */
@Injectable()
export class FiringLog {
  constructor(@InjectRepository(ScheduleFiringEntity) private readonly firings: Repository<ScheduleFiringEntity>) {}

  /** Those that are recorded already stay as they are. */
  async record(definition: string, due: readonly DueFiring[], manager: EntityManager = this.firings.manager): Promise<void> {
    if (due.length === 0) return;
    const rows = due.map(({ at, missed }) => ({
      definition,
      firesAt: at,
      outcome: missed ? ('missed' as const) : ('fired' as const),
      reason: missed,
    }));
    await manager.createQueryBuilder().insert().into(ScheduleFiringEntity).values(rows).orIgnore().execute();
  }

  /** Firings that are to take place and have no run yet, because of this look or because a worker died in the middle of one. */
  unstarted(definition: string): Promise<ScheduleFiringEntity[]> {
    return this.firings.find({ where: { definition, outcome: 'fired', runId: IsNull() }, order: { firesAt: 'ASC' } });
  }

  async started({ definition, firesAt }: ScheduleFiringEntity, runId: string): Promise<void> {
    await this.firings.update({ definition, firesAt }, { runId });
  }

  /** Newest first. */
  recent(definition: string, limit: number): Promise<ScheduleFiringEntity[]> {
    return this.firings.find({ where: { definition }, order: { firesAt: 'DESC' }, take: limit });
  }

  /** The last firing of each definition that took place. */
  async lastFired(): Promise<ReadonlyMap<string, ScheduleFiringEntity>> {
    const last = await this.firings
      .createQueryBuilder('f')
      .distinctOn(['f.definition'])
      .where(`f.outcome = 'fired'`)
      .orderBy({ 'f.definition': 'ASC', 'f.firesAt': 'DESC' })
      .getMany();
    return new Map(last.map((firing) => [firing.definition, firing]));
  }
}
