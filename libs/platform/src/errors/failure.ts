import { scrub } from '../secrets/secret';
import { AppError, type ErrorCode } from './app-error';

/** What is stored and shown of a failure. Holds no value that came out of a row. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** SQLSTATE classes and codes of a server that is away, stopping, or asks to try again (PostgreSQL appendix A). */
const RETRYABLE_SQLSTATE = /^(08...|57P0[1-3]|53300|40001|40P01)$/;
const RETRYABLE_SYSTEM_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** What the system says when a process cannot be started or a file not be opened for now. */
const SCARCITY = new Set(['ENOMEM', 'EAGAIN', 'EMFILE', 'ENFILE']);
const LOST_CONNECTION =
  /connection (terminated|ended|timeout)|client has encountered a connection error|timeout exceeded when trying to connect|server closed the connection/i;

/** Whether a database driver's error means that the server could not be reached or asks for another try. */
export function isTransientDatabaseError(error: unknown): boolean {
  const code = codeOf(error);
  return (
    RETRYABLE_SQLSTATE.test(code) || RETRYABLE_SYSTEM_CODES.has(code) || (error instanceof Error && LOST_CONNECTION.test(error.message))
  );
}

/** Domain errors keep their words; of anything else only the kind is shown, since drivers quote the values they refuse. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) return { code: error.code, message: scrub(error.message), retryable: error.retryable };
  if (SCARCITY.has(codeOf(error))) {
    return {
      code: 'worker-lost',
      message: 'The worker’s machine is short of memory or processes; give it more or let it do less at once.',
      retryable: true,
    };
  }
  if (isTransientDatabaseError(error)) {
    return {
      code: 'warehouse-unavailable',
      message: 'A database could not be reached; check that it runs and accepts connections.',
      retryable: true,
    };
  }
  const kind = error instanceof Error ? [error.name, codeOf(error)].filter(Boolean).join(' ') : 'error';
  return { code: 'internal', message: `An unexpected ${kind} stopped the work; the log has its place in the code.`, retryable: false };
}

/** An error for the log: kind, code and place, without the message of foreign errors, which may quote patient values. */
export function loggable(error: unknown): Record<string, unknown> {
  const { code, message } = failureOf(error);
  if (!(error instanceof Error)) return { code, message };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return {
    code,
    message,
    kind: error.name,
    driverCode: codeOf(error) || undefined,
    stack: frames.join('\n'),
    ...(error.cause !== undefined && { cause: loggable(error.cause) }),
  };
}

/** Not `instanceof Error`: a driver's or the system's error may come from another realm. */
const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
