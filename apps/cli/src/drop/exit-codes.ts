import { ApiError } from '../api/api.error';
import type { Drop, Run } from '../api/answers';
import { ConfigFileFaultyError, ConfigFileMissingError } from './config-file';

const FAILED = 1;
/** As `sysexits.h` has them, which some schedulers act on. */
export const USAGE = 64;
const BAD_DATA = 65;
const NO_INPUT = 66;
const INTERNAL = 70;
const IN_OUT = 74;
const NO_PERMISSION = 77;
const CONFIGURATION = 78;

const EXIT_OF_RUN_ERROR: Readonly<Record<string, number>> = {
  'config-invalid': CONFIGURATION,
  'definition-invalid': CONFIGURATION,
  'catalog-mismatch': CONFIGURATION,
  'drop-not-found': NO_INPUT,
  'source-refused': NO_PERMISSION,
  forbidden: NO_PERMISSION,
  internal: INTERNAL,
  'worker-lost': INTERNAL,
};

/** 0 or 1, unless somebody wants to know more. */
export const exitCode = (detailed: boolean, code: number): number => (detailed || code === 0 ? code : FAILED);

/** Of a run that has ended: 0 when nothing went wrong, also when there was nothing to do. */
export function codeOfRun(run: Run, drops: readonly Drop[]): number {
  if (drops.some(({ outcome }) => outcome === 'rejected')) return BAD_DATA;
  if (run.status === 'succeeded') return 0;
  return EXIT_OF_RUN_ERROR[typeof run.error?.code === 'string' ? run.error.code : ''] ?? IN_OUT;
}

/** Of what kept the run from being followed to its end. */
export function codeOfError(error: unknown): number {
  if (error instanceof ConfigFileMissingError) return NO_INPUT;
  if (error instanceof ConfigFileFaultyError) return CONFIGURATION;
  if (error instanceof ApiError && error.isDenied) return NO_PERMISSION;
  if (error instanceof ApiError && error.isTemporary) return IN_OUT;
  return error instanceof ApiError ? CONFIGURATION : INTERNAL;
}
