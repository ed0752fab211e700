import { ConfigInvalidError } from './config/define-config';
import { failureOf } from './errors/failure';

/** Starts a process; when it cannot start, says why in one clear text on standard error and exits with status 1. */
export async function exitOnStartFailure(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const text =
      error instanceof ConfigInvalidError ? error.message : `Tributary could not start. ${failureOf(error).message}\n${placeOf(error)}`;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  }
}

const placeOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : '');
