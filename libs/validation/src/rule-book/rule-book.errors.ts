import { AppError } from '@app/platform';
import type { DeclaredRule, RuleFault } from '../rule';

/** A rule file that cannot be used. Lists every fault. */
export class RuleFileInvalidError extends AppError {
  readonly code = 'config-invalid';
  constructor(readonly faults: readonly RuleFault[]) {
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
    super(`The validation rules do not fit table ${table}: ${strays.join(', ')}, and the table has no such column.`);
  }
}

/** @throws {RulesDoNotFitError} naming every column that the table lacks */
export function assertRulesFit(table: string, rules: readonly DeclaredRule[], columns: readonly string[]): void {
  const strays = rules.flatMap(({ id, columns: named }) =>
    named.filter((name) => !columns.includes(name)).map((name) => `${id} names "${name}"`),
  );
  if (strays.length > 0) throw new RulesDoNotFitError(table, strays);
}
