import { AppError, failureOf } from '@app/platform';

export class DropNotFoundError extends AppError {
  readonly code = 'drop-not-found';
  constructor(what: string) {
    super(`There is no drop ${what}; GET /drops lists those that were seen.`);
  }
}

/** The drop is dealt with, and the copy that says so is missing. The next attempt, or the next run, writes it. */
export class DropNotMarkedError extends AppError {
  readonly code = 'object-store-unavailable';
  override readonly retryable: boolean;
  constructor(copyKey: string, cause: unknown) {
    const { message, retryable } = failureOf(cause);
    super(`The copy ${copyKey} was not written: ${message}`, { copyKey }, { cause });
    this.retryable = retryable;
  }
}
