import { type Column, type DatabaseConnection, describeConnection } from '@app/platform';
import { createPool, type Pool } from 'mysql2';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { SourceUnavailableError } from '../../source.errors';
import type { DatabaseSourceConfig } from '../database.config';
import { QueryInvalidError, sourceError } from '../database.errors';
import { CONNECT_TIMEOUT_MS, CONNECTION_IDLE_MS, NATURAL_PARTITION_MIN_ROWS, type SourcePoolSettings } from '../pool.config';
import { boundQuery, type BoundQuery, checkColumns, plainTable, sourceQuery, type SourceQuery } from '../source-query';
import type { ColumnWindow, KeyBounds, RowRead, Selection, SourceReader } from '../source-reader';
import { MysqlSession } from './mysql-session';
import { derived, quoted, selectSql, where } from './mysql-sql';
import { mysqlColumn, type MysqlColumn } from './mysql-types';
import { mysqlTls } from './mysql-tls';
import { RowStream } from './row-stream';

const POLL_MS = 100;

export function openMysqlPool(connection: DatabaseConnection, { size, overflow }: SourcePoolSettings): Pool {
  const { host, port, database, user, password } = connection;
  return createPool({
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    database: database || undefined,
    user: user || undefined,
    password: password?.reveal(),
    ssl: mysqlTls(connection),
    charset: 'utf8mb4',
    connectionLimit: size + overflow,
    maxIdle: size,
    idleTimeout: CONNECTION_IDLE_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    multipleStatements: false,
  });
}

/** MySQL and MariaDB: one connection, one consistent snapshot, rows streamed in the text protocol. */
export class MysqlReader implements SourceReader {
  /** No other connection can share the snapshot. */
  readonly maxReaders = 1;
  readonly columns: readonly Column[];

  private constructor(
    private readonly session: MysqlSession,
    private readonly request: string,
    private readonly query: SourceQuery,
    private readonly bound: BoundQuery,
    private readonly cells: readonly MysqlColumn[],
  ) {
    this.columns = cells.map(({ name, type }) => ({ name, type }));
  }

  static async open(pool: Pool, connection: DatabaseConnection, config: DatabaseSourceConfig): Promise<MysqlReader> {
    const query = sourceQuery(config, 'mysql');
    const bound = boundQuery(query, 'mysql');
    const request = `The query of ${describeConnection(connection)}`;
    let session: MysqlSession | null = null;
    try {
      session = await MysqlSession.begin(pool, config.statementTimeoutSeconds);
      // Never true, so nothing is read; the derived table keeps names and types.
      const fields = await session.fields({ ...bound, text: `SELECT q.* FROM ${derived(bound.text)} WHERE FALSE` });
      const cells = fields.map(mysqlColumn);
      checkColumns(cells);
      return new MysqlReader(session, request, query, bound, cells);
    } catch (error) {
      session?.discard();
      throw sourceError(error, request);
    }
  }

  bounds(column: Column, windows: readonly ColumnWindow[]): Promise<KeyBounds> {
    return this.asked(async () => ({
      least: await this.cell(`SELECT MIN(q.${quoted(column.name)})`, windows),
      greatest: await this.cell(`SELECT MAX(q.${quoted(column.name)})`, windows),
      hasNulls: (await this.cell('SELECT COUNT(*)', [...windows, { column, nulls: 'only' }])) !== '0',
    }));
  }

  newest(column: Column, after: string | null): Promise<string | null> {
    return this.asked(() => this.cell(`SELECT MAX(q.${quoted(column.name)})`, after === null ? [] : [{ column, after }]));
  }

  naturalKey(): Promise<string | null> {
    const [table, schema = null] = (plainTable(this.query) ?? '').split('.').map(unquoted).reverse();
    if (table === undefined || table === '') return Promise.resolve(null);
    return this.asked(async () => {
      const keys = await this.session.cells(
        `SELECT s.column_name, c.data_type FROM information_schema.tables t JOIN information_schema.statistics s
           ON s.table_schema = t.table_schema AND s.table_name = t.table_name AND s.index_name = 'PRIMARY'
         JOIN information_schema.columns c ON c.table_schema = s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name
         WHERE t.table_schema = COALESCE(?, DATABASE()) AND t.table_name = ? AND t.table_rows >= ?`,
        [schema, table, NATURAL_PARTITION_MIN_ROWS],
      );
      const [[name = null, type = null] = [], ...others] = keys;
      return others.length === 0 && type?.endsWith('int') ? name : null;
    });
  }

  /** Those that changed rows and stay open beyond the limit are waited for in another attempt; others are taken for readers. */
  settle(limitMs: number, signal: AbortSignal): Promise<void> {
    return this.asked(async () => {
      let open = await this.openTransactions();
      for (let waited = 0; open.size > 0 && waited < limitMs; waited += POLL_MS) {
        await pause(POLL_MS, undefined, { signal });
        const still = await this.openTransactions();
        open = new Map([...still].filter(([id]) => open.has(id)));
      }
      const writers = [...open.values()].filter((changes) => changes !== '0').length;
      if (writers === 0) return;
      const reason = `${writers} transactions that write stayed open for ${limitMs / 1000} seconds, and their rows would be lost`;
      throw new SourceUnavailableError('An incremental query', reason);
    });
  }

  async read(selection: Selection, signal: AbortSignal): Promise<RowRead> {
    const columns = selection.only === null ? this.cells : this.cells.filter(({ name }) => selection.only?.includes(name));
    const text = selectSql(this.bound.text, this.cells, selection);
    signal.throwIfAborted();
    const rows = new RowStream(await this.asked(() => this.session.stream({ ...this.bound, text })), columns);
    return {
      format: 'csv',
      content: this.content(rows.content, signal),
      summary: () => ({ rows: rows.count, columns: columns.map(({ name }) => name), types: columns.map(({ type }) => type) }),
    };
  }

  async close(): Promise<void> {
    await this.session.end();
  }

  private async *content(stream: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const stop = (): void => {
      this.session.discard();
      stream.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const piece of stream) yield piece as Uint8Array;
      signal.throwIfAborted();
    } catch (error) {
      this.session.discard();
      throw signal.aborted ? signal.reason : sourceError(error, this.request);
    } finally {
      signal.removeEventListener('abort', stop);
      // A consumer that stops early leaves rows on the way, and the connection is of no more use.
      if (!stream.readableEnded) stop();
    }
  }

  private async cell(select: string, windows: readonly ColumnWindow[]): Promise<string | null> {
    const rows = await this.session.values({ ...this.bound, text: `${select} FROM ${derived(this.bound.text)}${where(windows)}` });
    return rows[0]?.[0] ?? null;
  }

  private async openTransactions(): Promise<Map<string, string>> {
    try {
      const rows = await this.session.cells(
        `SELECT trx_id, trx_rows_modified FROM information_schema.innodb_trx
         WHERE trx_mysql_thread_id <> CONNECTION_ID() AND trx_is_read_only = 0`,
      );
      return new Map(rows.map(([id, changes]) => [id ?? '', changes ?? '0']));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ER_SPECIFIC_ACCESS_DENIED_ERROR')) throw error;
      throw new QueryInvalidError(
        'An incremental query has to see which transactions are open: grant its account PROCESS, or state incremental.lag.',
      );
    }
  }

  private async asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw sourceError(error, this.request);
    }
  }
}

const unquoted = (name: string): string => name.replace(/^[`"](.*)[`"]$/, '$1');
