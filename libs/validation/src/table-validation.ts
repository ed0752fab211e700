import { FindingLog } from './finding-log';
import type { Report } from './finding';
import type { DeclaredRule, References, Row, RuleContext } from './rule';
import { RowChecker } from './row-checker';
import { assertRulesFit } from './rule-book/rule-book.errors';
import type { TableDescription } from './table-description';
import { checkHeader } from './upload/header-rules';
import { uploadRules } from './upload/upload-rules';
import { DEFAULT_VALUE_OPTIONS, valueTypeOf, type ValueOptions, type ValueType } from './values/value-type';

/** Row number of the first data row, whether or not a comment line was sent: clients count a comment and a header. */
export const FIRST_DATA_ROW = 3;

export interface ValidationSettings {
  /** The table's own rules, beyond those of every upload. */
  readonly rules: readonly DeclaredRule[];
  readonly references: References;
  readonly values?: ValueOptions;
  /** Findings kept of each severity; 10 000 by default. */
  readonly findingLimit?: number;
}

/** The columns of an upload. */
export interface UploadColumns {
  /** In the order of the file. */
  readonly header: readonly string[];
  /** Columns given beside the file, with the text that every row has there. */
  readonly constants: ReadonlyMap<string, string>;
  /** Columns whose rows will be replaced; empty unless it is a column update. */
  readonly key: readonly string[];
}

/**
 * Checks one upload: first its columns, then row after row. Holds no row, so any number of them is checked in the same
 * memory. Call `begin` once, `row` for each row in order with `settle` in between, `settle` at the end, then `report`.
 */
export class TableValidation {
  private readonly log: FindingLog;
  private checker: RowChecker | null = null;

  constructor(
    private readonly table: TableDescription,
    private readonly settings: ValidationSettings,
  ) {
    this.log = new FindingLog(settings.findingLimit);
  }

  /**
   * Checks the columns and the additional values. False when the columns cannot be used; there is no point in rows then.
   * @throws {RulesDoNotFitError} when a rule of the table names a column that the table does not have
   */
  begin({ header, constants, key }: UploadColumns): boolean {
    const names = this.table.columns.map(({ name }) => name);
    const findings = checkHeader(header, [...constants.keys()], names);
    findings.forEach((finding) => this.log.add(finding));
    if (findings.length > 0) return false;
    const columns = [...header, ...constants.keys()];
    const types = columns.map((name) => this.typeOf(name));
    const rules = [...uploadRules(this.table, header, key, columns), ...this.ownRules(names, columns)];
    this.checker = new RowChecker({ columns, types, constants: [...constants.values()], log: this.log, places: 'cells' });
    const context: RuleContext = {
      table: this.table.name,
      references: this.settings.references,
      indexOf: (column) => columns.indexOf(column),
    };
    for (const rule of rules) this.checker.add(rule, context);
    this.checker.checkConstants();
    return true;
  }

  /** Types of the upload's columns: those of the header, then the additional ones. */
  typesOf(columns: readonly string[]): readonly ValueType[] {
    return columns.map((name) => this.typeOf(name));
  }

  /**
   * Checks a row and returns its values, those of the additional columns behind; null for a row whose cells are all empty,
   * which is nothing to store. Cells that are missing at the end are empty. The values mean nothing once an error was found.
   */
  row(texts: readonly string[], row: number): Row | null {
    if (!this.checker) throw new Error('Rows are checked after their columns.');
    return this.checker.row(texts, row);
  }

  /** Waits for what is looked up elsewhere. To be called at least every `SETTLE_EVERY_ROWS` rows, which bounds the memory. */
  async settle(): Promise<void> {
    await this.checker?.settle();
  }

  get hasErrors(): boolean {
    return this.log.hasErrors;
  }

  report(): Report {
    return this.log.report();
  }

  private ownRules(names: readonly string[], columns: readonly string[]): readonly DeclaredRule[] {
    const { rules } = this.settings;
    assertRulesFit(this.table.name, rules, names);
    return rules.filter((rule) => rule.columns.every((name) => columns.includes(name)));
  }

  private typeOf(column: string): ValueType {
    const type = this.table.columns.find(({ name }) => name === column)?.type ?? '';
    return valueTypeOf(type, this.settings.values ?? DEFAULT_VALUE_OPTIONS);
  }
}
