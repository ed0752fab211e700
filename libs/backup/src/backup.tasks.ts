import { defineTask, type LockRequest } from '@app/jobs';
import { z } from 'zod';
import { WAREHOUSE_RESOURCE } from './warehouse-resource';

const warehouse: LockRequest = { resource: WAREHOUSE_RESOURCE, mode: 'exclusive' };
/** Keeps a backup in its place while it is read, or changed. */
const backup = (name: string): LockRequest => ({ resource: `backup:${name}`, mode: 'exclusive' });

export const backUpTask = defineTask({
  name: 'back-up',
  queue: 'persistence',
  payload: z.object({ name: z.string(), origin: z.string() }),
  locks: ({ name }) => [warehouse, backup(name)],
});

export const deleteBackupTask = defineTask({
  name: 'delete-backup',
  queue: 'persistence',
  payload: z.object({ name: z.string() }),
  locks: ({ name }) => [warehouse, backup(name)],
});

export const restoreBackupTask = defineTask({
  name: 'restore-backup',
  queue: 'persistence',
  payload: z.object({ name: z.string() }),
  locks: ({ name }) => [warehouse, backup(name)],
});

/** A trial leaves the warehouse alone, and work on it goes on. */
export const proveBackupTask = defineTask({
  name: 'prove-backup',
  queue: 'persistence',
  payload: z.object({ name: z.string() }),
  locks: ({ name }) => [backup(name)],
});

/** What a worker with `BackupModule.worker()` can do. */
export const BACKUP_TASKS = [backUpTask, deleteBackupTask, restoreBackupTask, proveBackupTask];
