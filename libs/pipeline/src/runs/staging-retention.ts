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
const ABANDONED = `r.created_at < now() - :days * interval '1 day'`;
const EARLIER = `r.document is null and r.definition_name = :definitionName and r.seq < :seq and (r.tables is not null or ${ABANDONED})`;
/** No later run of the same pipeline may ever come. */
const INLINE = `r.document is not null and r.created_at < now() - :hours * interval '1 hour'
  and (r.tables is not null or r.stages is not null or ${ABANDONED})`;

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

  /**
   * After a run succeeded, what earlier runs of its pipeline staged goes: published ones at
   * once, others after a week. What pipelines that came along staged goes after a day, or a week if they did not end.
   */
  async afterSuccess(run: RunEntity): Promise<void> {
    try {
      await this.discardOld(run);
      await this.targets.sweep(await this.resumable());
      await this.store.sweep();
    } catch (error) {
      this.logger.warn(loggable(error), 'old staged data could not be removed; the next run tries again');
    }
  }

  private async discardOld({ definitionName, seq }: RunEntity): Promise<void> {
    const staged: string[] = [];
    for await (const id of this.staging.runs()) staged.push(id);
    const old = await this.runs
      .createQueryBuilder('r')
      .select('r.id')
      .where('r.id::text = any(:staged)', { staged })
      .andWhere(`(${EARLIER} or ${INLINE})`, { definitionName, seq, days: KEEP_UNFINISHED_DAYS, hours: KEEP_INLINE_HOURS })
      .getMany();
    for (const { id } of old) await this.staging.discard(id);
  }

  private async resumable(): Promise<string[]> {
    const open = await this.runs
      .createQueryBuilder('r')
      .select(['r.id', 'r.units'])
      .where(`(r.tables is null or r.units @> '[{"status": "waiting"}]') and not ${ABANDONED}`, { days: KEEP_UNFINISHED_DAYS })
      .getMany();
    return open.flatMap(({ id, units }) => [id, ...(units ?? []).map((unit) => unit.id)]);
  }
}
