import { AppError } from '@app/platform';

/** The same work is being done elsewhere, or was claimed without a result. */
export class DuplicateExecutionError extends AppError {
  readonly code = 'idempotency-conflict';
  constructor(name: string, key: string) {
    super(`Duplicate execution detected for ${name} (key: ${key})`, { key });
  }
}
