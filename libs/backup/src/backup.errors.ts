import { AppError } from '@app/platform';

const SHOWN_NAME_LENGTH = 200;
const quoted = (name: string): string => JSON.stringify(name.slice(0, SHOWN_NAME_LENGTH));

export class BackupNotFoundError extends AppError {
  readonly code = 'backup-not-found';
  constructor(name: string) {
    super(`There is no backup ${quoted(name)}; GET /backup lists those there are.`);
  }
}

/** Damaged, cut short, altered, encrypted with another key, or not a backup at all. Found before anything was touched. */
export class BackupUnusableError extends AppError {
  readonly code = 'backup-unusable';
  constructor(name: string, fault: string, cause?: unknown) {
    super(`The backup ${quoted(name)} cannot be used: ${fault}. The data was not touched.`, {}, { cause });
  }
}

/** Making a backup failed; none is listed. */
export class BackupFailedError extends AppError {
  readonly code = 'backup-failed';
  constructor(
    fault: string,
    override readonly retryable: boolean,
    cause?: unknown,
  ) {
    super(`No backup was made: ${fault}`, {}, { cause });
  }
}

/** PostgreSQL took back the whole restore. */
export class RestoreRefusedError extends AppError {
  readonly code = 'restore-refused';
  constructor(
    name: string,
    readonly reason: string,
    override readonly retryable: boolean,
    cause?: unknown,
  ) {
    super(`The backup ${quoted(name)} was not restored: ${reason}. Everything was rolled back; the data is as it was.`, {}, { cause });
  }
}

/** `pg_dump`, `pg_restore` and `psql` are missing or older than the server. */
export class ClientToolsError extends AppError {
  readonly code = 'config-invalid';
}

export class BackupFolderError extends AppError {
  readonly code = 'config-invalid';
  constructor(cause: unknown) {
    super('POSTGRES_DUMP_PATH is no folder that backups can lie in; check that it can be created and read.', {}, { cause });
  }
}

export class EncryptionKeyError extends AppError {
  readonly code = 'config-invalid';
  constructor() {
    super(
      'BACKUP_ENCRYPTION_KEY must be 32 bytes, as 64 hexadecimal digits or 44 characters of Base64; `openssl rand -base64 32` makes one.',
    );
  }
}
