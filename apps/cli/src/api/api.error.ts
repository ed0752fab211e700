import { CommandFailedError } from '../command-failed.error';
import { refusalSchema } from './answers';

const UNAUTHENTICATED = 401;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
/** Too many requests, and what a proxy says while the API behind it restarts. */
const TEMPORARY_STATUSES = new Set([429, 502, 503, 504]);

/** The API could not be asked, or said no. */
export class ApiError extends CommandFailedError {
  private constructor(
    message: string,
    private readonly status: number | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static unreachable(url: string, cause: unknown): ApiError {
    return new ApiError(`The API at ${url} does not answer; start it or set TRIBUTARY_API_URL.`, null, { cause });
  }

  /** An answer with a status that is no success; `body` is whatever came with it. */
  static refused(url: string, { status, statusText }: Response, body: unknown): ApiError {
    const refusal = refusalSchema.safeParse(body);
    const reason = refusal.success ? toText(refusal.data.detail) : `The API at ${url} answered ${status} ${statusText}`.trimEnd() + '.';
    const hint = status === UNAUTHENTICATED ? '\n  Set TRIBUTARY_API_KEY, or use --api-key.' : '';
    return new ApiError(reason + hint, status);
  }

  static notUnderstood(url: string, path: string, fault: string): ApiError {
    return new ApiError(`The API at ${url} gave an answer to ${path} that this version does not understand (${fault}).`, NaN);
  }

  /** Asking again soon may succeed. */
  get isTemporary(): boolean {
    return this.status === null || TEMPORARY_STATUSES.has(this.status);
  }

  /** The key is missing, unknown, or may not do this. */
  get isDenied(): boolean {
    return this.status === UNAUTHENTICATED || this.status === FORBIDDEN;
  }

  get isNotFound(): boolean {
    return this.status === NOT_FOUND;
  }
}

type Detail = string | readonly { readonly loc: readonly (string | number)[]; readonly msg: string }[];

const toText = (detail: Detail): string =>
  typeof detail === 'string'
    ? detail
    : ['The API refused the request:', ...detail.map(({ loc, msg }) => `  ${loc.join('.')}: ${msg}`)].join('\n');
