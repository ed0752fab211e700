import type { Finding, Report } from './finding';

/** Findings that are kept of each severity, unless asked otherwise. The rest is counted. */
export const DEFAULT_FINDING_LIMIT = 10_000;

/** Where findings go, in the order of rows, then columns. */
export interface FindingSink {
  add(finding: Finding): void;
  /** The finding is the whole answer, whatever else was found. */
  end(finding: Finding): void;
}

/** Collects findings within bounded memory. */
export class FindingLog implements FindingSink {
  private readonly kept: Finding[] = [];
  private readonly counts = { error: 0, warning: 0 };
  private sole: Finding | null = null;

  constructor(private readonly limit: number = DEFAULT_FINDING_LIMIT) {}

  add(finding: Finding): void {
    this.counts[finding.severity] += 1;
    if (this.counts[finding.severity] <= this.limit) this.kept.push(finding);
  }

  /** Ends the validation: this finding is the whole answer, whatever else was found. The first one counts. */
  end(finding: Finding): void {
    this.sole ??= finding;
  }

  get hasEnded(): boolean {
    return this.sole !== null;
  }

  get hasErrors(): boolean {
    return this.sole !== null || this.counts.error > 0;
  }

  report(): Report {
    if (this.sole) return { isValid: false, errors: 1, warnings: 0, findings: [this.sole] };
    const { error, warning } = this.counts;
    return { isValid: error === 0, errors: error, warnings: warning, findings: [...this.kept] };
  }
}
