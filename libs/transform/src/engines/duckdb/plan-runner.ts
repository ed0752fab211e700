import { join } from 'node:path';
import type { Column, ColumnType } from '@app/platform';
import type {
  CodeRelation,
  FileRelation,
  LookupRelation,
  Plan,
  PlanCheck,
  PlanOutput,
  Relation,
  SqlRelation,
  TransformIssue,
  ValuesRelation,
} from '../../plan';
import { ORDINAL } from '../../plan';
import { quoteIdentifier, quoteLiteral } from '../../sql-text';
import { TransformFailedError } from '../../transform.errors';
import { runCode } from './code-rows';
import { duckDbType } from './column-types';
import type { DuckDbSession } from './duckdb-session';
import { fileScan } from './file-scan';
import { mergeParts } from './merge-parts';
import { copyToParquet } from './parquet-file';

/** Runs the parts of one plan in one session. */
export class PlanRunner {
  /** Answers of shortcut conditions by their text: many tables ask the same. */
  private readonly answers = new Map<string, boolean>();
  /** Of code relations, by their names. */
  private readonly found = new Map<string, readonly Column[]>();

  constructor(
    private readonly session: DuckDbSession,
    /** For materialized relations. */
    private readonly directory: string,
  ) {}

  /** Makes a relation available under its name. */
  async define(relation: Relation): Promise<void> {
    switch (relation.kind) {
      case 'files':
        return this.view(relation.name, fileScan(await this.merged(relation)));
      case 'sql':
        return this.defineSql(relation);
      case 'values':
        return this.fill(relation);
      case 'lookup':
        return this.resolve(relation);
      case 'code':
        return this.runCode(relation);
    }
  }

  /** The output with the columns that its relation turned out to have, where the plan could not say them. */
  complete(output: PlanOutput): PlanOutput {
    const columns = output.found && this.found.get(output.relation);
    return columns ? { ...output, table: { ...output.table, columns } } : output;
  }

  /** The columns that a code relation turned out to have. */
  columnsOf(relation: string): readonly Column[] {
    const columns = this.found.get(relation);
    if (!columns) throw new Error(`The relation ${relation} is no code relation that was run.`);
    return columns;
  }

  async population(plan: Plan): Promise<number | null> {
    return plan.populationSql ? this.number(plan.populationSql, 'counting the records') : null;
  }

  /** Writes an output as Parquet with the names and types of its table. */
  async write({ table, relation }: PlanOutput, path: string): Promise<void> {
    const cells = table.columns.map(({ name, type }, index) => `${stored(`#${index + 1}`, type)} as ${quoteIdentifier(name)}`);
    await this.session.execute(
      copyToParquet(`select ${cells.join(', ')} from ${relation}`, path, table.columns.length),
      `table "${table.name}"`,
    );
  }

  /** Row count and the sum of all row hashes of a written output. */
  async summarize(path: string, table: string): Promise<{ rows: number; hashSum: string }> {
    const sql = `select count(*), cast(coalesce(sum(hash(t)), 0) as varchar) from read_parquet(${quoteLiteral(path)}) t`;
    const [row] = await this.session.rows(sql, `the fingerprint of table "${table}"`);
    return { rows: Number(row?.[0]), hashSum: String(row?.[1]) };
  }

  /** @throws {TransformFailedError} for a finding of severity `error` */
  async check({ sql, severity, rule, table, column, describe }: PlanCheck): Promise<TransformIssue[]> {
    const [row] = await this.session.rows(sql, `the check of "${table}.${column}"`);
    const count = Number(row?.[0]);
    if (count === 0) return [];
    const message = describe(count, recordIds(row?.[1]));
    if (severity === 'error') throw new TransformFailedError(`the check of "${table}.${column}"`, message);
    return [{ severity, rule, table, column, count, message }];
  }

  private async merged(relation: FileRelation): Promise<FileRelation> {
    return { ...relation, files: await mergeParts(relation.files, this.directory, relation.name, this.session.signal) };
  }

  private async defineSql({ name, sql, materialized, shortcut }: SqlRelation): Promise<void> {
    const text = shortcut && (await this.holds(shortcut.when, name)) ? shortcut.sql : sql;
    if (!materialized) return this.view(name, text);
    const step = `relation "${name}"`;
    const path = join(this.directory, `${name}.parquet`);
    const columns = await this.session.columnNames(text, step);
    await this.session.execute(copyToParquet(text, path, columns.length), step);
    const list = [...columns.map(quoteIdentifier), `file_row_number as ${ORDINAL}`].join(', ');
    return this.view(name, `select ${list} from read_parquet(${quoteLiteral(path)}, file_row_number = true)`);
  }

  private async fill({ name, columns, rows }: ValuesRelation): Promise<void> {
    const appender = await this.session.append(name, columns.map(quoteIdentifier), `relation "${name}"`);
    for (const row of rows) appendRow(appender, row);
    appender.closeSync();
  }

  private async resolve({ name, sql, columns, resolve }: LookupRelation): Promise<void> {
    const step = `lookup "${name}"`;
    const appender = await this.session.append(name, ['input', ...columns], step);
    for await (const chunk of this.session.chunks(sql, step)) {
      for (const value of chunk.getColumnValues(0)) {
        const input = String(value);
        appendRow(appender, [input, ...resolve(input)]);
      }
    }
    appender.closeSync();
  }

  private async runCode(relation: CodeRelation): Promise<void> {
    const { columns, sql } = await runCode(this.session, relation, this.directory);
    this.found.set(relation.name, columns);
    await this.view(relation.name, sql);
  }

  private async view(name: string, sql: string): Promise<void> {
    await this.session.execute(`create view ${name} as ${sql}`, `relation "${name}"`);
  }

  private async holds(condition: string, name: string): Promise<boolean> {
    const known = this.answers.get(condition);
    if (known !== undefined) return known;
    const [row] = await this.session.rows(condition, `relation "${name}"`);
    const answer = row?.[0] === true;
    this.answers.set(condition, answer);
    return answer;
  }

  private async number(sql: string, step: string): Promise<number> {
    const [row] = await this.session.rows(sql, step);
    return Number(row?.[0]);
  }
}

/** Exact numbers stay as the relation has them: each is as wide as its digits need, and text where nothing was computed. */
function stored(value: string, type: ColumnType): string {
  return type === 'decimal' ? value : `cast(${value} as ${duckDbType(type)})`;
}

interface RowAppender {
  appendVarchar(value: string): void;
  appendNull(): void;
  endRow(): void;
}

function appendRow(appender: RowAppender, cells: readonly (string | null)[]): void {
  for (const cell of cells) {
    if (cell === null) appender.appendNull();
    else appender.appendVarchar(cell);
  }
  appender.endRow();
}

function recordIds(value: unknown): string[] {
  const items: unknown = typeof value === 'object' && value !== null && 'items' in value ? value.items : [];
  return Array.isArray(items) ? items.map(String) : [];
}
