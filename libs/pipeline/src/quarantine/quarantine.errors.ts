import { AppError } from '@app/platform';
import type { QuarantineState } from './quarantine.entity';

/** Rows break rules, and the definition says that a run fails then. Nothing was loaded. */
export class ValidationFailedError extends AppError {
  readonly code = 'validation-failed';
  constructor(pipeline: string, findings: readonly string[]) {
    super(`Nothing of ${pipeline} was loaded, because rows break its rules. ${findings.join('; ')}.`, { findings });
  }
}

/** So many rows break rules that the rules or the source are at fault, not single rows. */
export class TooManyRefusedError extends AppError {
  readonly code = 'validation-failed';
  constructor(table: string, limit: number) {
    super(`More than ${limit} rows of table ${table} break its rules; nothing was loaded. Mend the source or the rules.`, { table, limit });
  }
}

export class QuarantineNotFoundError extends AppError {
  readonly code = 'quarantine-not-found';
  constructor(id: string) {
    super(`There is no quarantined row ${id}; GET /quarantine lists those there are.`);
  }
}

const REASONS: Readonly<Record<Exclude<QuarantineState, 'waiting'> | 'unpublished', string>> = {
  replayed: 'it was replayed before',
  superseded: 'a later run renewed its table and decided about its rows anew',
  unpublished: 'its run has not published; resume the run first',
};

export class QuarantineNotWaitingError extends AppError {
  readonly code = 'quarantine-not-waiting';
  constructor(id: string, reason: keyof typeof REASONS) {
    super(`The quarantined row ${id} cannot be replayed: ${REASONS[reason]}.`, { reason });
  }
}
