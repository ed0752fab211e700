import { AppError } from '@app/platform';
import type { RuleFault } from '../rule';

/** A rule file that cannot be used. Lists every fault. */
export class RuleFileInvalidError extends AppError {
  readonly code = 'config-invalid';
  constructor(faults: readonly RuleFault[]) {
    super(
      `The validation rules (VALIDATION_RULES_PATH) cannot be used:\n${faults.map(({ path, message }) => `  ${path || '(document)'}: ${message}`).join('\n')}`,
      { faults },
    );
  }
}

/** Rules name columns that their table does not have, so what they guard is not guarded. */
export class RulesDoNotFitError extends AppError {
  readonly code = 'config-invalid';
  constructor(table: string, strays: readonly string[]) {
    super(
      `The validation rules (VALIDATION_RULES_PATH) do not fit table ${table}: ${strays.join(', ')}, and the table has no such column.`,
    );
  }
}
