import { AppError } from '../errors/app-error';

export class ObjectNotFoundError extends AppError {
  readonly code = 'object-not-found';
  constructor(key: string, options?: ErrorOptions) {
    super(`The object store has no object ${JSON.stringify(key)}.`, { key }, options);
  }
}

/** The store cannot do its work now: disk full, no connection, access refused, no such bucket. */
export class ObjectStoreUnavailableError extends AppError {
  readonly code = 'object-store-unavailable';
  override readonly retryable: boolean;
  constructor(message: string, retryable: boolean, cause?: unknown) {
    super(message, {}, { cause });
    this.retryable = retryable;
  }
}

export class InvalidObjectKeyError extends AppError {
  readonly code = 'request-invalid';
  constructor(key: string, fault: string, options?: ErrorOptions) {
    super(`${JSON.stringify(key.slice(0, 200))} cannot be an object key: ${fault}.`, {}, options);
  }
}

export class InvalidObjectMetadataError extends AppError {
  readonly code = 'request-invalid';
  constructor(fault: string) {
    super(`The object's metadata cannot be stored: ${fault}.`);
  }
}
