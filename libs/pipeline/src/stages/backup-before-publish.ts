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

  /** Whether a backup has to be made before this run publishes. */
  isDue({ dryRun, backupName }: RunEntity): boolean {
    return this.config.beforePublish && !dryRun && backupName === null;
  }

  /** Once for each task of the run: a repeated attempt may follow a publication, and keeps the state from before it. */
  async take(run: RunEntity, control: BackupControl): Promise<void> {
    if (!this.isDue(run)) return;
    const backupName = await this.keeper.backUpNow(`run:${run.id}`, control);
    await this.runs.update(run.id, { backupName });
  }
}
