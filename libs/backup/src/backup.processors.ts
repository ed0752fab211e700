import { Processes, type TaskControl, type TaskPayload, type TaskProcessor } from '@app/jobs';
import { BackupKeeper } from './backup-keeper';
import { BackupRestorer } from './backup-restorer';
import { backUpTask, deleteBackupTask, proveBackupTask, restoreBackupTask } from './backup.tasks';
import { Prover } from './prover';

@Processes(backUpTask)
export class BackUpProcessor implements TaskProcessor<typeof backUpTask> {
  constructor(private readonly keeper: BackupKeeper) {}

  async process({ name, origin }: TaskPayload<typeof backUpTask>, control: TaskControl): Promise<true> {
    await this.keeper.backUp(name, origin, control);
    return true;
  }
}

@Processes(deleteBackupTask)
export class DeleteBackupProcessor implements TaskProcessor<typeof deleteBackupTask> {
  constructor(private readonly keeper: BackupKeeper) {}

  async process({ name }: TaskPayload<typeof deleteBackupTask>): Promise<true> {
    await this.keeper.delete(name);
    return true;
  }
}

@Processes(restoreBackupTask)
export class RestoreBackupProcessor implements TaskProcessor<typeof restoreBackupTask> {
  constructor(private readonly restorer: BackupRestorer) {}

  async process({ name }: TaskPayload<typeof restoreBackupTask>, control: TaskControl): Promise<true> {
    await this.restorer.restore(name, control);
    return true;
  }
}

@Processes(proveBackupTask)
export class ProveBackupProcessor implements TaskProcessor<typeof proveBackupTask> {
  constructor(private readonly prover: Prover) {}

  async process({ name }: TaskPayload<typeof proveBackupTask>, control: TaskControl): Promise<true> {
    await this.prover.prove(name, control);
    return true;
  }
}
