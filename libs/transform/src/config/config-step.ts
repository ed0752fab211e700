import type { ExactNumbers } from '../chain/exact-numbers';
import {
  severalStreams,
  type StepColumn,
  type StepInput,
  type StepKind,
  type StepRelation,
  type StepResult,
  type StepTools,
} from '../chain/step';
import { valueOf } from '../chain/step-value';
import { quoteLiteral } from '../sql-text';
import type { PlanCheck, TransformIssue } from '../plan';
import { TransformFailedError } from '../transform.errors';
import { addColumn } from './add-columns';
import { aggregate } from './aggregations';
import { castColumn } from './cast-columns';
import { configDocumentSchema, type ConfigDocument } from './config-document';
import { Faults, unknownColumn } from './faults';
import { conditionSql, patternsOf } from './filter';
import { Frame } from './frame';
import { keyFaults } from './key-faults';
import { orderRows } from './order-rows';
import { transformed } from './transformations';

/** Declarative steps in a fixed order, compiled to SQL. */
export const configStep: StepKind<ConfigDocument> = {
  kind: 'config',
  configSchema: configDocumentSchema,
  keyFaults,

  async compileStep(document, { input, prefix }: StepInput, tools: StepTools): Promise<StepResult> {
    if (!input) throw severalStreams();
    await checkPatterns(document, tools);
    return tools.exact.settle(() => new Compilation(document, input, prefix, tools.exact).run());
  },
};

/** The engine knows best what a regular expression is. */
async function checkPatterns({ filter = {} }: ConfigDocument, { sketch }: StepTools): Promise<void> {
  const faults = new Faults();
  for (const [column, condition] of Object.entries(filter)) {
    for (const pattern of patternsOf(condition)) {
      await sketch.row(`select regexp_matches('', ${quoteLiteral(pattern)})`, 'a regular expression').catch((error: unknown) => {
        if (!(error instanceof TransformFailedError)) throw error;
        faults.add(`filter.${column}.contains`, 'this is no regular expression');
      });
    }
  }
  faults.throwAny();
}

class Compilation {
  private readonly faults = new Faults();
  private readonly issues: TransformIssue[] = [];
  private readonly checks: PlanCheck[] = [];
  private readonly frame: Frame;
  /** Every name that a column of these rows ever had. */
  private readonly everNamed: Set<string>;

  constructor(
    private readonly document: ConfigDocument,
    private readonly input: StepRelation,
    prefix: string,
    private readonly exact: ExactNumbers,
  ) {
    this.frame = new Frame(input.relation, this.selected(), prefix, exact);
    this.everNamed = new Set([...input.columns, ...this.frame.columns].map(({ name }) => name));
  }

  run(): StepResult {
    const { aggregations, cast = {} } = this.document;
    this.filter();
    this.addColumns();
    this.dropColumns();
    this.transformations();
    if (aggregations) aggregate(this.frame, aggregations, this.faults);
    for (const [name, rule] of Object.entries(cast)) {
      const check = this.faults.attempt(`cast.${name}`, () => castColumn(this.frame, name, rule));
      if (check) this.checks.push(check);
    }
    orderRows(this.frame, this.document, this.faults);
    this.faults.throwAny();
    const relation = this.frame.close();
    return {
      relations: this.frame.relations,
      output: { relation, columns: this.frame.columns },
      keepsRows: this.frame.keepsRows && this.checks.length === 0,
      issues: this.issues,
      checks: this.checks,
    };
  }

  /** `select`, then `rename`. */
  private selected(): StepColumn[] {
    const { select, rename = {} } = this.document;
    const known = new Map(this.input.columns.map((column) => [column.name, column]));
    const names = select ?? [...known.keys()];
    for (const name of names.filter((each) => !known.has(each))) {
      this.warn('select', name, `select names the column "${name}", which there is not; it was left out`);
    }
    const columns = names.flatMap((name) => {
      const column = known.get(name);
      return column ? [{ ...column, name: Object.hasOwn(rename, name) ? (rename[name] ?? name) : name }] : [];
    });
    if (columns.length === 0) this.faults.add('select', 'NO_COLUMNS: none of these columns is there');
    const all = columns.map(({ name }) => name);
    for (const name of new Set(all.filter((each, index) => all.indexOf(each) < index))) {
      this.faults.add(select ? 'select' : 'rename', `DUPLICATE_COLUMN: several columns would be called "${name}"`);
    }
    return columns;
  }

  /** A name means a column as it is called now; else one of the input, selected or not. */
  private filter(): void {
    const { filter = {}, version = 1 } = this.document;
    const conditions = Object.entries(filter).flatMap(([name, condition]) => {
      const column = this.frame.find(name) ?? this.input.columns.find((candidate) => candidate.name === name);
      if (!column) {
        this.faults.add(`filter.${name}`, unknownColumn(name, this.everNamed));
        return [];
      }
      return this.faults.attempt(`filter.${name}`, () => conditionSql(valueOf(column, this.exact), condition, version)) ?? [];
    });
    if (conditions.length > 0) this.frame.keep(conditions);
  }

  private addColumns(): void {
    const { add_columns: added = {}, on_expression_error: onError } = this.document;
    const isColumn = (name: string): boolean => this.everNamed.has(name);
    for (const [name, value] of Object.entries(added)) {
      const reason = this.faults.attempt(`add_columns.${name}`, () => addColumn(this.frame, { name, value, onError, isColumn }));
      if (reason !== null) this.warn('expression', name, `the text of "${name}" was stored as it is: ${reason}`);
      this.everNamed.add(name);
    }
  }

  private dropColumns(): void {
    for (const name of this.document.drop_columns ?? []) this.frame.drop(name);
    if (this.document.drop_columns && this.frame.columns.length === 0)
      this.faults.add('drop_columns', 'NO_COLUMNS: no column would be left');
  }

  private transformations(): void {
    for (const [index, step] of (this.document.transformations ?? []).entries()) {
      this.faults.attempt(`transformations.${index}`, () => {
        const value = transformed(this.frame.read(step.column), step);
        this.frame.set(step.column, value);
      });
    }
  }

  private warn(rule: string, column: string, message: string): void {
    this.issues.push({ severity: 'warning', rule, table: null, column, count: 1, message });
  }
}
