import { type Column, type DatabaseConnection, describeConnection, toPoolConfig } from '@app/platform';
import { Pool } from 'pg';
import type { DatabaseSourceConfig } from '../database.config';
import { sourceError } from '../database.errors';
import {
  CONNECT_TIMEOUT_MS,
  CONNECTION_IDLE_MS,
  CONNECTION_LIFETIME_SECONDS,
  NATURAL_PARTITION_MIN_ROWS,
  type SourcePoolSettings,
} from '../pool.config';
import { checkColumns, plainTable, sourceQuery, type SourceQuery } from '../source-query';
import type { ColumnWindow, KeyBounds, RowRead, Selection, SourceReader } from '../source-reader';
import { CopyOut } from './copy-out';
import { PostgresSession, SOURCE_APPLICATION } from './postgres-session';
import { settleWriters } from './postgres-settle';
import { anySql, extremeSql, type SelectableQuery, selectSql } from './postgres-sql';
import { columnType, isKnownType } from './postgres-types';

const CURSOR = 'tributary_columns';

export function openPostgresPool(connection: DatabaseConnection, { size, overflow }: SourcePoolSettings): Pool {
  const pool = new Pool({
    ...toPoolConfig(connection),
    application_name: SOURCE_APPLICATION,
    max: size + overflow,
    maxLifetimeSeconds: CONNECTION_LIFETIME_SECONDS,
    idleTimeoutMillis: CONNECTION_IDLE_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    allowExitOnIdle: true,
  });
  // An idle connection that the server closes is replaced when it is needed.
  pool.on('error', () => undefined);
  return pool;
}

/** PostgreSQL: one exported snapshot for all readers, rows by `COPY … TO STDOUT`. */
export class PostgresReader implements SourceReader {
  private readonly request: string;

  private constructor(
    private readonly pool: Pool,
    connection: DatabaseConnection,
    private readonly config: DatabaseSourceConfig,
    private readonly query: SourceQuery,
    private readonly leader: PostgresSession,
    private readonly snapshot: string,
    private readonly selectable: SelectableQuery,
  ) {
    this.request = requestOf(connection);
  }

  static async open(pool: Pool, connection: DatabaseConnection, config: DatabaseSourceConfig): Promise<PostgresReader> {
    const query = sourceQuery(config, 'postgres');
    let leader: PostgresSession | null = null;
    try {
      leader = await PostgresSession.begin(pool, config);
      const selectable = await describeQuery(leader, await leader.compile(query));
      const snapshot = (await leader.value('SELECT pg_export_snapshot()')) ?? '';
      return new PostgresReader(pool, connection, config, query, leader, snapshot, selectable);
    } catch (error) {
      leader?.discard();
      throw sourceError(error, requestOf(connection));
    }
  }

  get columns(): readonly Column[] {
    return this.selectable.columns;
  }

  get maxReaders(): number {
    return this.config.readers;
  }

  bounds(column: Column, windows: readonly ColumnWindow[]): Promise<KeyBounds> {
    return this.asked(async () => ({
      least: await this.leader.value(extremeSql(this.selectable, 'min', column, windows)),
      greatest: await this.leader.value(extremeSql(this.selectable, 'max', column, windows)),
      hasNulls: (await this.leader.value(anySql(this.selectable, [...windows, { column, nulls: 'only' }]))) !== null,
    }));
  }

  newest(column: Column, after: string | null): Promise<string | null> {
    const windows = after === null ? [] : [{ column, after }];
    return this.asked(() => this.leader.value(extremeSql(this.selectable, 'max', column, windows)));
  }

  naturalKey(): Promise<string | null> {
    const table = plainTable(this.query);
    if (table === null) return Promise.resolve(null);
    return this.asked(() =>
      this.leader.value(
        `SELECT a.attname FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.atttypid IN (20, 21, 23)
         WHERE c.oid = to_regclass($1) AND c.reltuples >= $2`,
        [table, NATURAL_PARTITION_MIN_ROWS],
      ),
    );
  }

  settle(limitMs: number, signal: AbortSignal): Promise<void> {
    return this.asked(() => settleWriters(this.leader, limitMs, signal));
  }

  async read(selection: Selection, signal: AbortSignal): Promise<RowRead> {
    signal.throwIfAborted();
    const session = await this.asked(() => PostgresSession.begin(this.pool, { ...this.config, snapshot: this.snapshot }));
    const columns = selection.only ? this.columns.filter(({ name }) => selection.only?.includes(name)) : this.columns;
    try {
      await session.bind(this.query);
      const sql = selectSql(this.selectable, { ...selection, only: selection.only && columns.map(({ name }) => name) });
      // As text, a row of one empty cell would be an empty line.
      const format = selection.takesText && columns.length > 1 ? 'text' : 'csv';
      const options = format === 'csv' ? 'FORMAT csv, HEADER true' : 'FORMAT text';
      const copy = session.client.query(new CopyOut(`COPY (\n${sql}\n) TO STDOUT (${options}, ENCODING 'UTF8')`, signal));
      const finished = copy.done.then(
        () => session.end(),
        (error: unknown) => {
          session.discard();
          throw signal.aborted ? signal.reason : sourceError(error, this.request);
        },
      );
      // It is thrown by the content, in its turn.
      finished.catch(() => undefined);
      return {
        format,
        content: content(copy.content, finished),
        summary: () => ({
          rows: copy.rows,
          columns: columns.map(({ name }) => name),
          types: columns.map(({ type }) => type),
        }),
      };
    } catch (error) {
      session.discard();
      throw sourceError(error, this.request);
    }
  }

  async close(): Promise<void> {
    await this.leader.end();
  }

  private async asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw sourceError(error, this.request);
    }
  }
}

const requestOf = (connection: DatabaseConnection): string => `The query of ${describeConnection(connection)}`;

/** The error of the read rather than that of the torn stream; and no end before the transaction's own. */
async function* content(stream: AsyncIterable<Uint8Array>, finished: Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch {
    await finished;
  }
  await finished;
}

/** Plans the query under a cursor and fetches nothing: names and types are known before the first row, and without one. */
async function describeQuery(session: PostgresSession, text: string): Promise<SelectableQuery> {
  await session.runForeign(`DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${text}`);
  const { fields } = await session.run(`FETCH 0 FROM ${CURSOR}`);
  await session.run(`CLOSE ${CURSOR}`);
  const foreign = fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !isKnownType(oid));
  const { rows } = await session.run(`SELECT oid::int8 FROM pg_type WHERE oid = ANY($1) AND typelem <> 0 AND typcategory = 'A'`, [foreign]);
  const arrays = new Set(rows.map(({ oid }) => Number(oid)));
  const columns = fields.map(({ name, dataTypeID }) => ({ name, type: columnType(dataTypeID, arrays) }));
  checkColumns(columns);
  return { text, columns, arrays: new Set(fields.filter(({ dataTypeID }) => arrays.has(dataTypeID)).map(({ name }) => name)) };
}
