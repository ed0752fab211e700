import { Injectable } from '@nestjs/common';
import { TaskService, type TaskDefinition } from '@app/jobs';
import { backupNameNow } from './backup-name';
import { backUpTask, deleteBackupTask, proveBackupTask, restoreBackupTask } from './backup.tasks';
import { BackupStorage, type StoredBackup } from './storage/backup-storage';

/** Backups as clients see them: listed here, worked on elsewhere. */
@Injectable()
export class BackupService {
  constructor(
    private readonly storage: BackupStorage,
    private readonly tasks: TaskService,
  ) {}

  /** Newest first, by whole seconds; those of one second by name, descending. */
  async names(): Promise<string[]> {
    return (await this.storage.list()).map(({ name }) => name);
  }

  /** The same with what is known of each. */
  list(): Promise<StoredBackup[]> {
    return this.storage.describeAll();
  }

  /** @throws {BackupNotFoundError} */
  get(name: string): Promise<StoredBackup> {
    return this.storage.get(name);
  }

  /**
   * Queues a backup of the warehouse, named by the current local time. `origin` says who asked, such as `schedule`.
   * @throws when a task with this `idempotencyKey` was made before
   */
  async create(origin: string, idempotencyKey?: string): Promise<{ name: string; taskId: string }> {
    const name = backupNameNow();
    const taskId = await this.enqueue(backUpTask, { name, origin }, 'reload.backUpDatabase', `backup ${name}`, idempotencyKey);
    return { name, taskId };
  }

  /** Queues the deletion; returns the task's id. @throws {BackupNotFoundError} with nothing queued */
  async requestDeletion(name: string): Promise<string> {
    await this.storage.get(name);
    return this.enqueue(deleteBackupTask, { name }, 'reload.deleteBackup', `deletion of backup ${name}`);
  }

  /** Queues a restore of the warehouse; returns the task's id. @throws {BackupNotFoundError} with nothing queued */
  async requestRestore(name: string): Promise<string> {
    await this.storage.get(name);
    return this.enqueue(restoreBackupTask, { name }, 'reload.restoreDatabase', `restore of backup ${name}`);
  }

  /** Queues a trial restore; returns the task's id. @throws {BackupNotFoundError} with nothing queued */
  async requestProof(name: string): Promise<string> {
    await this.storage.get(name);
    return this.enqueue(proveBackupTask, { name }, proveBackupTask.name, `trial restore of backup ${name}`);
  }

  private async enqueue<Payload>(
    task: TaskDefinition<Payload>,
    payload: Payload,
    displayName: string,
    description: string,
    idempotencyKey?: string,
  ): Promise<string> {
    const taskId = await this.tasks.create(task, payload, { displayName, description, idempotencyKey });
    await this.tasks.announce(taskId, task);
    return taskId;
  }
}
