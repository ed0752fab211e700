import type { Column } from '@app/platform';
import type { Relation } from '../../plan';
import { quoteIdentifier, quoteLiteral } from '../../sql-text';
import { ORDINAL } from '../../plan';
import { duckDbType } from './column-types';
import { DuckDbSession } from './duckdb-session';

/** Describing needs little; looking over the digits of a column streams. */
const MEMORY_LIMIT_BYTES = 128 * 1024 * 1024;
const THREADS = 2;

export interface DescribedColumn {
  readonly name: string;
  /** In the engine's words, for example `DECIMAL(18,2)`. */
  readonly type: string;
}

export interface SketchFolders {
  /** For temporary files. */
  readonly workDir: string;
  /** Of the staged files that questions may read. */
  readonly inputs: readonly string[];
}

/** A plan without its rows: its relations as empty views, so that the engine itself says which columns and types a query has. */
export class PlanSketch {
  private constructor(private readonly session: DuckDbSession) {}

  static async open({ workDir, inputs }: SketchFolders, signal: AbortSignal): Promise<PlanSketch> {
    const limits = { memoryLimitBytes: MEMORY_LIMIT_BYTES, threads: THREADS, tempDirectory: workDir };
    return new PlanSketch(await DuckDbSession.open({ ...limits, directories: inputs, signal }));
  }

  /** @throws {TransformFailedError} when the relation does not fit the earlier ones */
  async define(relation: Relation): Promise<void> {
    await this.session.execute(`create view ${relation.name} as ${emptyRelation(relation)}`, `relation "${relation.name}"`);
  }

  /** Makes a query available under a name of its own, instead of what had the name before. */
  async alias(name: string, sql: string): Promise<void> {
    await this.session.execute(`create or replace temp view ${quoteIdentifier(name)} as ${sql}`, `relation "${name}"`);
  }

  /** The columns of a query as it states them, repeated names included. Nothing is run. */
  async describe(sql: string, step: string): Promise<DescribedColumn[]> {
    const rows = await this.session.rows(`describe ${sql}`, step);
    return rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
  }

  /** What the engine's parser makes of a text; an object with `error: true` when it is no list of SELECT statements. */
  async parse(sql: string): Promise<unknown> {
    const [row] = await this.session.rows(`select cast(json_serialize_sql(${quoteLiteral(sql)}) as varchar)`, 'reading the query');
    return JSON.parse(String(row?.[0]));
  }

  /** The only row of a query over literals and files. */
  async row(sql: string, step: string): Promise<unknown[]> {
    const [row = []] = await this.session.rows(sql, step);
    return row;
  }

  close(): void {
    this.session.close();
  }
}

function emptyRelation(relation: Relation): string {
  switch (relation.kind) {
    case 'sql':
      return relation.materialized ? `select *, cast(null as bigint) as ${ORDINAL} from (${relation.sql})` : relation.sql;
    case 'files':
      return noRows(relation.columns);
    case 'code':
      return noRows((relation.output ?? relation.input).map(({ name, type }) => ({ name: quoteIdentifier(name), type })));
    case 'values':
      return noRows(relation.columns.map((name) => ({ name: quoteIdentifier(name), type: 'string' })));
    case 'lookup':
      return noRows(['input', ...relation.columns].map((name) => ({ name, type: 'string' })));
  }
}

function noRows(columns: readonly Column[]): string {
  return `select ${columns.map(({ name, type }) => `cast(null as ${duckDbType(type)}) as ${name}`).join(', ')} where false`;
}
