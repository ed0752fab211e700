import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import { backupConfig, BackupKeeper, type BackupControl } from '@app/backup';
import { Repository } from 'typeorm';
import { RunEntity } from '../runs/run.entity';

/** What makes a run's publication reversible: `BACKUP_BEFORE_PUBLISH`. */
@Injectable()
export class BackupBeforePublish {
  constructor(
    @Inject(backupConfig.KEY) private readonly config: ConfigType<typeof backupConfig>,
    private readonly keeper: BackupKeeper,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
  ) {}

  /** Once for each task of the run: a repeated attempt may follow a publication, and keeps the state from before it. */
  async take(run: RunEntity, control: BackupControl): Promise<void> {
    if (!this.config.beforePublish || run.dryRun || run.backupName !== null) return;
    const backupName = await this.keeper.backUpNow(`run:${run.id}`, control);
    await this.runs.update(run.id, { backupName });
  }
}
