import { Injectable } from '@nestjs/common';
import { BackupService } from '@app/backup';
import { AppError } from '@app/platform';
import { RunService, type StartedRun } from './run.service';

export class RunWithoutBackupError extends AppError {
  readonly code = 'run-without-backup';
  constructor(id: string) {
    super(`Run ${id} took no backup before it published (BACKUP_BEFORE_PUBLISH); restore one of GET /backups instead.`);
  }
}

/** Takes the warehouse back to where it was before a run published. */
@Injectable()
export class RunRollback {
  constructor(
    private readonly runs: RunService,
    private readonly backups: BackupService,
  ) {}

  /**
   * Queues a restore of the backup that the run took. Whatever else was written since is undone as well; the restore takes
   * a safety backup first.
   * @throws {RunNotFoundError | RunWithoutBackupError | BackupNotFoundError} with nothing queued
   */
  async start(runId: string): Promise<StartedRun> {
    const { run } = await this.runs.get(runId);
    if (run.backupName === null) throw new RunWithoutBackupError(run.id);
    return { runId: run.id, taskId: await this.backups.requestRestore(run.backupName) };
  }
}
