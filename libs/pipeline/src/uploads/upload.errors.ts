import { AppError } from '@app/platform';

/** An upload that is not taken, with every reason in the order of the file. Nothing was written. */
export class UploadRefusedError extends AppError {
  readonly code = 'upload-refused';
  constructor(readonly messages: readonly string[]) {
    super(messages.join('\n'));
  }
}

export class TableNotFoundError extends AppError {
  readonly code = 'table-not-found';
  constructor(table: string) {
    super(`There is no table ${table}`);
  }
}

export class UploadNotFoundError extends AppError {
  readonly code = 'task-not-found';
  constructor(taskId: string) {
    super(`No upload has the task ${taskId}`);
  }
}

/** The stored rows of an upload are not those that were checked. */
export class UploadCorruptError extends AppError {
  readonly code = 'staging-corrupt';
  constructor(uploadId: string) {
    super(`The stored rows of upload ${uploadId} are missing or damaged; send the file again.`);
  }
}
