import type { ExactNumbers } from '../chain/exact-numbers';
import type { StepColumn } from '../chain/step';
import { valueOf } from '../chain/step-value';
import { ExpressionFault, type Value } from '../expressions/value';
import type { Relation } from '../plan';
import { unknownColumn } from './faults';

/** A column, a constant: nothing is gained by a name for it. */
const PLAIN = /^(?:[a-z_][a-z0-9_]*|[0-9.e]+|\([-0-9.e]+\)|'(?:[^']|'')*'|true|false|null)$/;

/**
 * The rows of a step while its operations are compiled. Columns that are computed gather in one query; when another one builds upon
 * them, the query becomes a relation and a new one begins. So nothing is computed twice, however long a chain of columns is.
 */
export class Frame {
  readonly relations: Relation[] = [];
  /** Whether each row of the input still is one row, in order. */
  keepsRows = true;
  private readonly cells = new Map<string, StepColumn>();
  /** Computed in the open query: SQL by the name of the column there. */
  private readonly pending = new Map<string, string>();
  /** Names for parts of the expression that is being compiled. */
  private bound: string[] = [];
  private conditions: readonly string[] = [];
  private count = 0;

  constructor(
    private relation: string,
    columns: readonly StepColumn[],
    private readonly prefix: string,
    private readonly exact: ExactNumbers,
  ) {
    for (const column of columns) this.cells.set(column.name, column);
  }

  get columns(): readonly StepColumn[] {
    return [...this.cells.values()];
  }

  get names(): readonly string[] {
    return [...this.cells.keys()];
  }

  find(name: string): StepColumn | undefined {
    return this.cells.get(name);
  }

  /** @throws {ExpressionFault} when there is no such column */
  get(name: string): StepColumn {
    const column = this.cells.get(name);
    if (!column) throw new ExpressionFault(unknownColumn(name, this.names));
    return column;
  }

  /** @throws {ExpressionFault} when there is no such column */
  read(name: string): Value {
    return this.valueOf(this.get(name));
  }

  valueOf(column: StepColumn): Value {
    if (this.pending.has(column.sql)) this.close();
    return valueOf(column, this.exact);
  }

  /** Gives a part of an expression a name, so that it can be repeated. */
  readonly bind = (value: Value): Value => {
    if (PLAIN.test(value.sql)) return value;
    const sql = this.fresh();
    this.pending.set(sql, value.sql);
    this.bound.push(sql);
    this.close();
    return { sql, type: value.type };
  };

  /** Sets a column in its old place, or a new one behind the others. */
  set(name: string, value: Value): void {
    const sql = this.fresh();
    this.pending.set(sql, columnSql(value));
    this.bound = [];
    this.cells.set(name, { name, sql, type: value.type === 'null' ? 'string' : value.type });
  }

  /** A second name for a column. */
  copy(name: string, column: StepColumn): void {
    this.cells.set(name, { ...column, name });
  }

  drop(name: string): void {
    this.cells.delete(name);
  }

  /** Keeps the rows for which every condition holds. They may speak of any column of the relation the frame began with. */
  keep(conditions: readonly string[]): void {
    this.conditions = conditions;
    this.keepsRows = false;
  }

  /** Goes on with the rows of another query over the ones so far, whose relation it is given. */
  replace(query: (relation: string) => string, columns: readonly StepColumn[], materialized = false): void {
    const sql = query(this.close());
    this.define(sql, materialized);
    this.cells.clear();
    for (const column of columns) this.cells.set(column.name, column);
    this.keepsRows = false;
  }

  /** Puts the rows away in their order, which the column `ordinal` then tells. */
  materialize(): void {
    const columns = this.distinct();
    this.replace((relation) => `select ${columns.join(', ')} from ${relation}`, this.columns, true);
  }

  /** The relation that has all columns so far. */
  close(): string {
    if (this.pending.size === 0 && this.conditions.length === 0) return this.relation;
    const cells = [...this.distinct(), ...this.bound].map((sql) => {
      const computed = this.pending.get(sql);
      return computed === undefined ? sql : `${computed} as ${sql}`;
    });
    const where = this.conditions.length > 0 ? ` where ${this.conditions.join(' and ')}` : '';
    this.define(`select ${cells.join(', ')} from ${this.relation}${where}`, false);
    this.pending.clear();
    this.conditions = [];
    return this.relation;
  }

  fresh(): string {
    this.count += 1;
    return `${this.prefix}_v${this.count}`;
  }

  private distinct(): string[] {
    return [...new Set(this.columns.map(({ sql }) => sql))];
  }

  private define(sql: string, materialized: boolean): void {
    this.count += 1;
    const name = `${this.prefix}_r${this.count}`;
    this.relations.push({ kind: 'sql', name, sql, ...(materialized && { materialized }) });
    this.relation = name;
  }
}

/** Small integers and nulls have a type of their own in the engine. */
function columnSql({ sql, type, literal }: Value): string {
  if (type === 'null') return 'cast(null as varchar)';
  return type === 'integer' && literal !== undefined ? `cast(${sql} as bigint)` : sql;
}
