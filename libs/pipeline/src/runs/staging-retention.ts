import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { loggable, StagingStore } from '@app/platform';
import { Repository } from 'typeorm';
import { RunEntity } from './run.entity';

/** Runs of a pipeline, ended before the newest success, that may still be resumed. */
const KEEP_UNFINISHED_DAYS = 7;

/** Removes staged data that no run can need any more: it holds patients' records. */
@Injectable()
export class StagingRetention {
  private readonly logger = new Logger(StagingRetention.name);

  constructor(
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    private readonly staging: StagingStore,
  ) {}

  /** After a run succeeded, what earlier runs of its pipeline staged goes: succeeded ones at once, others after a week. */
  async afterSuccess(run: RunEntity): Promise<void> {
    try {
      const old = await this.runs
        .createQueryBuilder('r')
        .where('r.definition_name = :name and r.seq < :seq', { name: run.definitionName, seq: run.seq })
        .andWhere(`(r.tables is not null or r.created_at < now() - :days * interval '1 day')`, { days: KEEP_UNFINISHED_DAYS })
        .orderBy('r.seq', 'DESC')
        .limit(50)
        .getMany();
      for (const { id } of old) await this.staging.discard(id);
    } catch (error) {
      this.logger.warn(loggable(error), 'old staged data could not be removed; the next run tries again');
    }
  }
}
