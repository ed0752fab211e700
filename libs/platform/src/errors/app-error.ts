/** Every code a domain error may carry. The HTTP filter maps each to a status; a code without one does not compile. */
export type ErrorCode =
  | 'config-invalid'
  | 'request-invalid'
  | 'request-incomplete'
  | 'data-not-found'
  | 'manifest-not-found'
  | 'api-key-not-found'
  | 'unauthenticated'
  | 'forbidden'
  | 'definition-invalid'
  | 'definition-not-found'
  | 'dictionary-version-not-found'
  | 'mapped-field-removed'
  | 'run-not-found'
  | 'run-not-resumable'
  | 'run-not-cancellable'
  | 'run-without-backup'
  | 'task-not-found'
  | 'table-not-found'
  | 'upload-refused'
  | 'validation-failed'
  | 'quarantine-not-found'
  | 'quarantine-not-waiting'
  | 'drop-not-found'
  | 'schema-not-found'
  | 'schema-conflict'
  | 'transformation-not-found'
  | 'transformation-conflict'
  | 'idempotency-conflict'
  | 'mapping-invalid'
  | 'input-invalid'
  | 'source-unavailable'
  | 'source-refused'
  | 'source-data-invalid'
  | 'extract-incomplete'
  | 'transform-invalid'
  | 'transform-failed'
  | 'preview-busy'
  | 'catalog-mismatch'
  | 'shrink-refused'
  | 'load-failed'
  | 'load-unproven'
  | 'superseded'
  | 'warehouse-unavailable'
  | 'staging-corrupt'
  | 'object-not-found'
  | 'object-store-unavailable'
  | 'backup-not-found'
  | 'backup-unusable'
  | 'backup-failed'
  | 'restore-refused'
  | 'lock-not-available'
  | 'task-timeout'
  | 'task-cancelled'
  | 'worker-lost'
  | 'internal';

/**
 * A failure that says what happened, where, and what to do. Its message is shown to users and stored with tasks:
 * it never holds a token, a password or a patient value.
 */
export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;
  /** Whether the same work may succeed when tried again without a change by a person. */
  readonly retryable: boolean = false;

  constructor(
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
