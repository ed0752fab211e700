/** The word the system has for a failure (`ENOENT`, `ECONNREFUSED`), from the error or what caused it; null without one. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? errorCode(error.cause) : null;
}
