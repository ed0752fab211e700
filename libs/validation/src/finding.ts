/** An `error` refuses the rows; a `warning` is told and stops nothing. */
export const SEVERITIES = ['error', 'warning'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something a rule found in rows, at the place where their owner sees it. Never holds the value itself. */
export interface Finding {
  /** The rule's id. */
  readonly rule: string;
  readonly severity: Severity;
  /** The cell as a spreadsheet names it, such as `AB17`; null for a header or an additional column. */
  readonly coordinates: string | null;
  /** As a spreadsheet counts it; null for a header or an additional column. */
  readonly row: number | null;
  readonly column: string | null;
  readonly message: string;
}

/** What was found, in order of appearance. */
export interface Report {
  /** No error was found. */
  readonly isValid: boolean;
  readonly errors: number;
  readonly warnings: number;
  /** At most the limit of each severity; `errors` and `warnings` count all. */
  readonly findings: readonly Finding[];
}
