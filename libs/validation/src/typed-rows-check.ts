import type { Finding } from './finding';
import type { FindingSink } from './finding-log';
import { RowChecker } from './row-checker';
import type { DeclaredRule, References, Row } from './rule';
import { assertRulesFit } from './rule-book/rule-book.errors';

export interface TypedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * Checks rows whose values have the types of their columns already, such as those of a transformed table. One per table and
 * run, since rules may remember rows. Holds findings, and never rows, until they are settled.
 */
export class TypedRowsCheck {
  private readonly found = new FindingsByRow();
  private readonly checker: RowChecker;

  /** @throws {RulesDoNotFitError} when a rule names a column that the table lacks */
  constructor({ name, columns }: TypedTable, rules: readonly DeclaredRule[], references: References) {
    assertRulesFit(name, rules, columns);
    this.checker = new RowChecker({ columns, types: [], constants: [], log: this.found, places: 'rows' });
    for (const rule of rules) this.checker.add(rule, { table: name, references, indexOf: (column) => columns.indexOf(column) });
  }

  /** An empty text counts as no value. */
  row(values: Row, row: number): void {
    this.checker.check(
      values.map((value) => value ?? ''),
      row,
    );
  }

  /** The findings since the last call, by row. To be called at least every `SETTLE_EVERY_ROWS` rows, which bounds the memory. */
  async settle(): Promise<ReadonlyMap<number, readonly Finding[]>> {
    await this.checker.settle();
    return this.found.take();
  }
}

class FindingsByRow implements FindingSink {
  private rows = new Map<number, Finding[]>();

  add(finding: Finding): void {
    const row = finding.row ?? 0;
    const known = this.rows.get(row);
    if (known) known.push(finding);
    else this.rows.set(row, [finding]);
  }

  end(finding: Finding): void {
    this.add(finding);
  }

  take(): ReadonlyMap<number, readonly Finding[]> {
    const { rows } = this;
    this.rows = new Map();
    return rows;
  }
}
