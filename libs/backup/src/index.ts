export { backupConfig } from './backup.config';
export { BackupFailedError, BackupNotFoundError, BackupUnusableError, ClientToolsError, RestoreRefusedError } from './backup.errors';
export { BackupKeeper } from './backup-keeper';
export { BackupRestorer } from './backup-restorer';
export type { BackupControl } from './backup-control';
export { BackupModule } from './backup.module';
export { BackupService } from './backup.service';
export { BACKUP_TASKS } from './backup.tasks';
export { Prover } from './prover';
export type { RetentionPolicy } from './retention';
export type { StoredBackup } from './storage/backup-storage';
export {
  BACKUP_FORMATS,
  BACKUP_STATES,
  EXTERNAL_ORIGIN,
  type BackupFormat,
  type BackupState,
  type Manifest,
  type TableRows,
} from './storage/manifest';
