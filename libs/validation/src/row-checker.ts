import { cellAddress } from './coordinates/cell-address';
import type { FindingSink } from './finding-log';
import type { Finding, Severity } from './finding';
import { LookupQueue } from './lookup-queue';
import type { Check, DeclaredRule, Row, RuleContext } from './rule';
import type { ParseValue } from './values/parse-value';
import type { ValueType } from './values/value-type';

/** Rows after which lookups are due. */
export const SETTLE_EVERY_ROWS = 1000;

type CheckOf<Kind extends Check['kind']> = Extract<Check, { kind: Kind }>;
/** What to say when a check finds something. */
type Verdict = Pick<DeclaredRule, 'id' | 'severity' | 'message' | 'endsValidation'>;
type Bound<Kind extends Check['kind']> = Verdict & CheckOf<Kind>;

/** Values that are asked for together. */
interface Lookup {
  readonly verdict: Verdict;
  readonly column: number;
  readonly read: (row: Row) => string | null;
  readonly queue: LookupQueue;
}

/** Everything to be done with the cells of one column. */
interface ColumnPlan {
  readonly name: string;
  readonly parse: ParseValue;
  readonly typeVerdict: Verdict;
  readonly value: Bound<'value'>[];
  readonly blank: Bound<'blank'>[];
  readonly null: Bound<'null'>[];
}

export interface RowCheckerSettings {
  /** Those of the file, then the additional ones. */
  readonly columns: readonly string[];
  readonly types: readonly ValueType[];
  /** Texts of the additional columns. */
  readonly constants: readonly string[];
  readonly log: FindingSink;
  /** How rows are spoken of: by the cells of a spreadsheet, or by column and number where there is none. */
  readonly places: 'cells' | 'rows';
}

/** Applies compiled rules to rows. One per upload, since checks remember rows. */
export class RowChecker {
  private readonly plans: readonly ColumnPlan[];
  private readonly headerLength: number;
  private readonly rowChecks: Bound<'row'>[] = [];
  private readonly lookups: Lookup[] = [];
  private readonly constants: (string | null)[];
  /** Findings since the last settlement, which lookups may still come between. */
  private pending: { readonly finding: Finding; readonly index: number }[] = [];

  constructor(private readonly settings: RowCheckerSettings) {
    this.headerLength = settings.columns.length - settings.constants.length;
    this.plans = settings.columns.map((name, index) => planOf(name, settings.types[index]));
    this.constants = settings.constants.map(() => null);
  }

  add(rule: DeclaredRule, context: RuleContext): void {
    for (const check of rule.compile(context)) this.addCheck(rule, check);
  }

  /** Once, before the first row. */
  checkConstants(): void {
    this.settings.constants.forEach((text, index) => {
      this.constants[index] = this.cell(text, this.headerLength + index, null);
    });
    for (const { column, queue } of this.lookups) queue.add(this.constants[column - this.headerLength] ?? null, null);
    this.flush();
  }

  /** Null for a row without any text, which is not looked at. */
  row(texts: readonly string[], row: number): Row | null {
    return texts.every(isEmpty) ? null : this.check(texts, row);
  }

  check(texts: readonly string[], row: number): Row {
    const before = this.pending.length;
    const values: (string | null)[] = [];
    for (let index = 0; index < this.headerLength; index += 1) values.push(this.cell(texts[index] ?? '', index, row));
    if (texts.length > this.headerLength && !texts.slice(this.headerLength).every(isEmpty)) this.reportSurplus(texts.length, row);
    values.push(...this.constants);
    for (const check of this.rowChecks) if (!check.accepts(values, texts)) this.report(check, check.column, row);
    for (const { column, read, queue } of this.lookups) if (column < this.headerLength) queue.add(read(values), row);
    if (this.pending.length > before && this.lookups.length === 0) this.flush();
    return values;
  }

  async settle(): Promise<void> {
    for (const { verdict, column, queue } of this.lookups) {
      for (const row of await queue.settle()) this.report(verdict, column, row);
    }
    this.flush();
  }

  /** Checks one cell and returns its value; a cell that is no value of its type counts as null. */
  private cell(text: string, index: number, row: number | null): string | null {
    const plan = this.plans[index];
    if (!plan) return null;
    const value = text === '' ? null : plan.parse(text);
    if (value === undefined) {
      this.report(plan.typeVerdict, index, row);
      return null;
    }
    if (value === null) {
      if (text === '') for (const check of plan.blank) this.report(check, index, row);
      for (const check of plan.null) this.report(check, index, row);
    } else {
      for (const check of plan.value) if (!check.accepts(value)) this.report(check, index, row);
    }
    return value;
  }

  private addCheck(verdict: Verdict, check: Check): void {
    const { id, severity, message, endsValidation } = verdict;
    const bound = { id, severity, message, endsValidation };
    const plan = this.plans[check.column];
    switch (check.kind) {
      case 'value':
        plan?.value.push({ ...bound, ...check });
        break;
      case 'blank':
        plan?.blank.push({ ...bound, ...check });
        break;
      case 'null':
        plan?.null.push({ ...bound, ...check });
        break;
      case 'row':
        this.rowChecks.push({ ...bound, ...check });
        break;
      case 'lookup':
        this.lookups.push({ verdict: bound, ...lookupOf(check) });
    }
  }

  private report(verdict: Verdict, index: number, row: number | null): void {
    const column = this.settings.columns[index] ?? null;
    const isCell = row !== null && index < this.headerLength;
    const coordinates = isCell && this.settings.places === 'cells' ? cellAddress(index, row) : null;
    const place = coordinates === null ? `Column ${column ?? ''}${isCell ? ` of row ${row}` : ''}` : `Cell ${coordinates}`;
    const finding = {
      rule: verdict.id,
      severity: verdict.severity,
      coordinates,
      row,
      column,
      message: verdict.message.replace('{place}', () => place),
    };
    if (verdict.endsValidation) this.settings.log.end(finding);
    else this.pending.push({ finding, index });
  }

  private reportSurplus(count: number, row: number): void {
    const message = `Row ${row} has ${count} values, but the header has ${this.headerLength}`;
    const finding = { rule: 'row-length', severity: 'error' as Severity, coordinates: null, row, column: null, message };
    this.pending.push({ finding, index: this.headerLength });
  }

  /** In the order of rows, then columns. */
  private flush(): void {
    if (this.pending.length > 1) this.pending.sort((a, b) => (a.finding.row ?? 0) - (b.finding.row ?? 0) || a.index - b.index);
    for (const { finding } of this.pending) this.settings.log.add(finding);
    this.pending = [];
  }
}

function planOf(name: string, type: ValueType | undefined): ColumnPlan {
  const { rule = 'text', message = '', parse = (text: string) => text } = type ?? {};
  return { name, parse, typeVerdict: { id: rule, severity: 'error', message }, value: [], blank: [], null: [] };
}

function lookupOf({ column, read = (row) => row[column] ?? null, findRefused }: CheckOf<'lookup'>): Omit<Lookup, 'verdict'> {
  return { column, read, queue: new LookupQueue(findRefused) };
}

const isEmpty = (text: string): boolean => text === '';
