import { AppError, type ErrorCode } from '@app/platform';

/** What is wrong with the data of a unit, not with a system that it came from or goes to. */
const DATA_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'source-data-invalid',
  'input-invalid',
  'upload-refused',
  'validation-failed',
  'transform-failed',
  'load-failed',
  'shrink-refused',
]);

/** SQLSTATE classes and codes of a server that lacks something itself: access, permission, space, operators, its own files. */
const SERVER_FAULT = /^(28|42501|53|57|58|XX)/;

/** Whether the same data fails again for certain, until somebody changes it or the definition. */
export function isDataFault(error: unknown): error is AppError {
  if (!(error instanceof AppError) || error.retryable || !DATA_FAULTS.has(error.code)) return false;
  const { sqlstate } = error.details;
  return typeof sqlstate !== 'string' || !SERVER_FAULT.test(sqlstate);
}
