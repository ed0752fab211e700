import type { TransformIssue } from '@app/transform';
import type { Finding, Severity } from '@app/validation';

interface Tally {
  readonly finding: Finding;
  count: number;
}

/** Counts what was found in a table, by rule and column: findings may be as many as rows. */
export class FindingTally {
  private readonly tallies = new Map<string, Tally>();

  constructor(private readonly table: string) {}

  add(finding: Finding): void {
    const key = JSON.stringify([finding.severity, finding.rule, finding.column]);
    const tally = this.tallies.get(key);
    if (tally) tally.count += 1;
    else this.tallies.set(key, { finding, count: 1 });
  }

  /** As a run keeps them. `outcome` says what became of the rows. */
  issues(severity: Severity, outcome = ''): TransformIssue[] {
    return [...this.tallies.values()]
      .filter(({ finding }) => finding.severity === severity)
      .map(({ finding: { rule, column, message }, count }) => {
        const extent = count === 1 ? '' : ` (${count} rows in all)`;
        return { severity: 'warning', rule, table: this.table, column, count, message: `${this.table}: ${message}${extent}${outcome}` };
      });
  }
}
