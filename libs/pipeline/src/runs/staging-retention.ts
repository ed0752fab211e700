import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { loggable, OBJECT_STORE, StagingStore, type ObjectStore } from '@app/platform';
import { Repository } from 'typeorm';
import { Targets } from '../stages/targets';
import { RunEntity } from './run.entity';

/** A run that did not publish may be resumed for this long. */
const KEEP_UNFINISHED_DAYS = 7;
/** What a pipeline that came along with its request staged is kept this long for tasks that go on with it. */
const KEEP_INLINE_HOURS = 24;
/** Runs looked at after a success; the next one goes on. */
const RUNS_A_SWEEP = 50;

/** Removes staged data that no run can need any more: it holds patients' records. */
@Injectable()
export class StagingRetention {
  private readonly logger = new Logger(StagingRetention.name);

  constructor(
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    private readonly staging: StagingStore,
    private readonly targets: Targets,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /** After a run succeeded, what earlier runs of its pipeline staged goes: published ones at once, others after a week. So do those of pipelines that came along. */
  async afterSuccess(run: RunEntity): Promise<void> {
    try {
      await this.discardEarlier(run);
      await this.discardInline();
      await this.targets.sweep(await this.resumable());
      await this.store.sweep();
    } catch (error) {
      this.logger.warn(loggable(error), 'old staged data could not be removed; the next run tries again');
    }
  }

  private async discardEarlier(run: RunEntity): Promise<void> {
    const earlier = await this.runs
      .createQueryBuilder('r')
      .where('r.document is null and r.definition_name = :name and r.seq < :seq', { name: run.definitionName, seq: run.seq })
      .andWhere(`(r.tables is not null or r.created_at < now() - :days * interval '1 day')`, { days: KEEP_UNFINISHED_DAYS })
      .orderBy('r.seq', 'DESC')
      .limit(RUNS_A_SWEEP)
      .getMany();
    for (const { id } of earlier) await this.staging.discard(id);
  }

  /** No later run of the same pipeline may ever come. */
  private async discardInline(): Promise<void> {
    const old = await this.runs
      .createQueryBuilder('r')
      .where(`r.document is not null and r.created_at < now() - :hours * interval '1 hour'`, { hours: KEEP_INLINE_HOURS })
      .andWhere(`(r.tables is not null or r.stages is not null or r.created_at < now() - :days * interval '1 day')`, {
        days: KEEP_UNFINISHED_DAYS,
      })
      .orderBy('r.seq', 'DESC')
      .limit(RUNS_A_SWEEP)
      .getMany();
    for (const { id } of old) await this.staging.discard(id);
  }

  private async resumable(): Promise<string[]> {
    const open = await this.runs
      .createQueryBuilder('r')
      .select(['r.id', 'r.units'])
      .where(`r.tables is null and r.created_at > now() - :days * interval '1 day'`, { days: KEEP_UNFINISHED_DAYS })
      .getMany();
    return open.flatMap(({ id, units }) => [id, ...(units ?? []).map((unit) => unit.id)]);
  }
}
