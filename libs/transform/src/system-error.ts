/** The code of an error that the system or a native module raised; such errors are not always instances of our `Error`. */
export function systemErrorCode(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
