import { AppError, isTransientDatabaseError } from '@app/platform';
import { SourceRefusedError, SourceUnavailableError } from '../source.errors';

/** A query that this platform will not or cannot run: a person has to change it or its parameters. */
export class QueryInvalidError extends AppError {
  readonly code = 'input-invalid';
}

/** What a driver says, in the words that all drivers share. */
export interface DriverFault {
  /** SQLSTATE, or the driver's own word for a broken connection. */
  readonly code: string;
  readonly message: string;
}

/** SQLSTATE class 42 is about names and syntax, 28 and 3D about getting in, 25006 about writing; none quotes a row. */
const SPEAKABLE = /^(42...|28...|3D...|3F...|25006|0A000|57014|HY000)$/;
/** How Node and the drivers say that a server is not the one that was meant. */
const CERTIFICATE = /^(HANDSHAKE_SSL_ERROR|ERR_TLS_\w+|CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED\w*)$/;
/** SQLSTATE of PostgreSQL, and the numbers by which MariaDB and MySQL say the same. */
const STATEMENT_TIMEOUT = '57014';
const TIMEOUT_NUMBERS = new Set<unknown>([1969, 3024]);
/** What MySQL and MariaDB drivers say of a server that is away, full, or asks to try again. */
const TRANSIENT =
  /^(PROTOCOL_CONNECTION_LOST|ER_CON_COUNT_ERROR|ER_LOCK_DEADLOCK|ER_LOCK_WAIT_TIMEOUT|ER_SERVER_SHUTDOWN|ER_TOO_MANY_USER_CONNECTIONS|ECONNABORTED|POOL_CLOSED|ESOCKET|ETIMEOUT|ELOGIN_TIMEOUT|NJS-(500|501|503|510|511)|25P03|58...|53...)$/;

/**
 * The error of a run for what a driver threw. What a server says about values that it could not convert may quote them, so
 * only its words about names, syntax and rights are passed on.
 */
export function sourceError(error: unknown, request: string): AppError {
  if (error instanceof AppError) return error;
  const { code, message } = faultOf(error);
  if (isTransientDatabaseError(error) || TRANSIENT.test(code)) return new SourceUnavailableError(request, code || 'connection lost');
  if (CERTIFICATE.test(code)) return new SourceRefusedError(request, `the server's certificate was not accepted (${code})`);
  if (/^(28|3D)/.test(code)) return new SourceRefusedError(request, message);
  if (code === STATEMENT_TIMEOUT) return new QueryInvalidError(`${request} took longer than its statement timeout allows.`, { code });
  return new QueryInvalidError(
    SPEAKABLE.test(code)
      ? `${request} failed: ${message}`
      : `${request} failed with error ${code || 'of an unknown kind'}; check its values.`,
    { code },
  );
}

function faultOf(error: unknown): DriverFault {
  if (!(error instanceof Error)) return { code: '', message: '' };
  if ('errno' in error && TIMEOUT_NUMBERS.has(error.errno)) return { code: STATEMENT_TIMEOUT, message: error.message };
  // MySQL drivers keep the SQLSTATE apart from a word of their own.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const state = 'sqlState' in error && typeof error.sqlState === 'string' ? error.sqlState : '';
  return { code: TRANSIENT.test(code) ? code : state || code, message: error.message };
}
