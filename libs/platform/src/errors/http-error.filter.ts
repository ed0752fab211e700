import { Catch, HttpException, HttpStatus, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { scrub } from '../secrets/secret';
import { AppError, type ErrorCode } from './app-error';
import { loggable } from './failure';

/** A code without a status does not compile. */
const STATUS = {
  'config-invalid': HttpStatus.INTERNAL_SERVER_ERROR,
  'request-invalid': HttpStatus.UNPROCESSABLE_ENTITY,
  'request-incomplete': HttpStatus.BAD_REQUEST,
  'data-not-found': HttpStatus.NOT_FOUND,
  'manifest-not-found': HttpStatus.NOT_FOUND,
  'api-key-not-found': HttpStatus.NOT_FOUND,
  unauthenticated: HttpStatus.UNAUTHORIZED,
  forbidden: HttpStatus.FORBIDDEN,
  'definition-invalid': HttpStatus.UNPROCESSABLE_ENTITY,
  'definition-not-found': HttpStatus.NOT_FOUND,
  'dictionary-version-not-found': HttpStatus.NOT_FOUND,
  'mapped-field-removed': HttpStatus.CONFLICT,
  'run-not-found': HttpStatus.NOT_FOUND,
  'run-not-resumable': HttpStatus.CONFLICT,
  'run-not-cancellable': HttpStatus.CONFLICT,
  'run-without-backup': HttpStatus.CONFLICT,
  'task-not-found': HttpStatus.NOT_FOUND,
  'table-not-found': HttpStatus.NOT_FOUND,
  'upload-refused': HttpStatus.BAD_REQUEST,
  'validation-failed': HttpStatus.UNPROCESSABLE_ENTITY,
  'quarantine-not-found': HttpStatus.NOT_FOUND,
  'quarantine-not-waiting': HttpStatus.CONFLICT,
  'drop-not-found': HttpStatus.NOT_FOUND,
  'schema-not-found': HttpStatus.NOT_FOUND,
  'schema-conflict': HttpStatus.CONFLICT,
  'transformation-not-found': HttpStatus.NOT_FOUND,
  'transformation-conflict': HttpStatus.CONFLICT,
  'idempotency-conflict': HttpStatus.CONFLICT,
  'mapping-invalid': HttpStatus.UNPROCESSABLE_ENTITY,
  'input-invalid': HttpStatus.UNPROCESSABLE_ENTITY,
  'source-unavailable': HttpStatus.BAD_GATEWAY,
  'source-refused': HttpStatus.BAD_GATEWAY,
  'source-data-invalid': HttpStatus.BAD_GATEWAY,
  'extract-incomplete': HttpStatus.BAD_GATEWAY,
  'transform-invalid': HttpStatus.UNPROCESSABLE_ENTITY,
  'transform-failed': HttpStatus.UNPROCESSABLE_ENTITY,
  'preview-busy': HttpStatus.TOO_MANY_REQUESTS,
  'catalog-mismatch': HttpStatus.CONFLICT,
  'shrink-refused': HttpStatus.CONFLICT,
  'load-failed': HttpStatus.UNPROCESSABLE_ENTITY,
  'load-unproven': HttpStatus.INTERNAL_SERVER_ERROR,
  superseded: HttpStatus.CONFLICT,
  'warehouse-unavailable': HttpStatus.SERVICE_UNAVAILABLE,
  'staging-corrupt': HttpStatus.INTERNAL_SERVER_ERROR,
  'object-not-found': HttpStatus.NOT_FOUND,
  'object-store-unavailable': HttpStatus.SERVICE_UNAVAILABLE,
  'backup-not-found': HttpStatus.NOT_FOUND,
  'backup-unusable': HttpStatus.UNPROCESSABLE_ENTITY,
  'backup-failed': HttpStatus.SERVICE_UNAVAILABLE,
  'restore-refused': HttpStatus.UNPROCESSABLE_ENTITY,
  'lock-not-available': HttpStatus.CONFLICT,
  'task-timeout': HttpStatus.GATEWAY_TIMEOUT,
  'task-cancelled': HttpStatus.CONFLICT,
  'worker-lost': HttpStatus.INTERNAL_SERVER_ERROR,
  internal: HttpStatus.INTERNAL_SERVER_ERROR,
} satisfies Record<ErrorCode, HttpStatus>;

/** One thing wrong with a request body, in the shape that the platform's clients read. */
export interface RequestFault {
  readonly type: string;
  /** Path to the value, starting with `body` or `query`. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** What stands there; the enclosing object of a value that is missing. */
  readonly input?: unknown;
  /** Further facts, by name. */
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** A request that cannot be understood; carries every fault at once. */
export class RequestInvalidError extends AppError {
  /** @param code of what is more than a request, such as a definition */
  constructor(
    readonly faults: readonly RequestFault[],
    readonly code: Extract<ErrorCode, 'request-invalid' | 'definition-invalid'> = 'request-invalid',
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(faults.map((fault) => `${fault.loc.join('.')}: ${fault.msg}`).join('; '), details);
  }
}

/** The only place that knows both domain errors and HTTP. Body: `{detail, code}`; `detail` is an array for bad requests. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(HttpErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, body } = httpAnswer(error);
    if (status >= 500) this.logger.error(loggable(error), 'request failed');
    void reply.status(status).send(body);
  }
}

/** Status and body of a failure, for filters of routes whose clients expect another form. */
export function httpAnswer(error: unknown): { status: number; body: Record<string, unknown> } {
  if (error instanceof RequestInvalidError) {
    return { status: STATUS[error.code], body: { detail: error.faults, code: error.code, ...error.details } };
  }
  if (error instanceof AppError)
    return { status: STATUS[error.code], body: { detail: scrub(error.message), code: error.code, ...error.details } };
  if (error instanceof HttpException) return { status: error.getStatus(), body: { detail: textOf(error) } };
  if (isClientError(error)) return { status: error.statusCode, body: { detail: error.message } };
  return {
    status: HttpStatus.INTERNAL_SERVER_ERROR,
    body: { detail: 'Something went wrong on our side; the log has the details under this request id.' },
  };
}

/** Nest's own 404 text names the method and path; the contract's texts are the bare reason phrases. */
const textOf = (error: HttpException): string => {
  if (error.getStatus() === (HttpStatus.NOT_FOUND as number) && error.message.startsWith('Cannot ')) return 'Not Found';
  return error.message;
};

/** What Fastify throws before Nest sees a request: a body too large, malformed JSON, an unknown media type. */
const isClientError = (error: unknown): error is { statusCode: number; message: string } =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;
