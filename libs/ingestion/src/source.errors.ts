import { AppError } from '@app/platform';

/** The system gave no usable answer: network failure, silence, status 429 or 5xx. Trying again later may help. */
export class SourceUnavailableError extends AppError {
  readonly code = 'source-unavailable';
  override readonly retryable = true;

  constructor(
    request: string,
    reason: string,
    /** How long the system asked us to stay away, in milliseconds; null when it did not say. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(`${request} was not answered: ${reason}. Check that the address is right and the system is up.`, { request, reason });
  }
}

/** The system answered and said no: wrong token, missing rights, wrong address. A person has to act. */
export class SourceRefusedError extends AppError {
  readonly code = 'source-refused';

  constructor(request: string, reason: string) {
    super(`${request} was refused: ${reason}. Check the address, the token and its rights.`, { request, reason });
  }
}

/** What arrived cannot be used: not JSON, not the promised shape, an error in place of data. */
export class SourceDataInvalidError extends AppError {
  readonly code = 'source-data-invalid';
  override readonly retryable: boolean;

  constructor(message: string, options: { readonly retryable?: boolean } = {}) {
    super(message);
    this.retryable = options.retryable ?? false;
  }
}

/** One request asked for more than the system, or our own limit, can carry. The same data in smaller requests may pass. */
export class RequestTooLargeError extends AppError {
  readonly code = 'source-data-invalid';

  constructor(request: string, reason: string) {
    super(`${request} was too large: ${reason}. Ask for fewer fields or records per request.`, { request, reason });
  }
}

/** The records that came back are not the records asked for; usually the project changed meanwhile. */
export class ExtractIncompleteError extends AppError {
  readonly code = 'extract-incomplete';
  override readonly retryable = true;

  constructor(request: string, missing: readonly string[], unexpected: readonly string[]) {
    super(
      `${request} came back with ${missing.length} records missing${someOf(missing)} and ${unexpected.length} unexpected${someOf(unexpected)}.`,
      { request, missing: missing.length, unexpected: unexpected.length },
    );
  }
}

/** The token or the source's files no longer fit the run's earlier attempt. */
export class ExtractNotResumableError extends AppError {
  readonly code = 'run-not-resumable';

  constructor(reason: string) {
    super(`This extract cannot be continued: ${reason}. Start a new run.`);
  }
}

const IDS_SHOWN = 3;

function someOf(ids: readonly string[]): string {
  if (ids.length === 0) return '';
  return ` (${ids.slice(0, IDS_SHOWN).join(', ')}${ids.length > IDS_SHOWN ? ', …' : ''})`;
}
