import type { FieldPacket, Pool, PoolConnection, Query } from 'mysql2';
import type { Connection } from 'mysql2/promise';
import type { BoundQuery } from '../source-query';

/** The server ends a connection that takes rows slower than this. */
const WRITE_TIMEOUT_SECONDS = 3_600;
const PREPARED = 'tributary_query';

/** One read-only transaction on one connection: one snapshot, in UTC. */
export class MysqlSession {
  private released = false;

  private constructor(private readonly core: PoolConnection) {}

  static async begin(pool: Pool, statementTimeoutSeconds: number): Promise<MysqlSession> {
    const session = new MysqlSession(await connected(pool));
    const { connection } = session;
    try {
      const version = (await session.cells('SELECT VERSION()'))[0]?.[0] ?? '';
      const timeout = /mariadb/i.test(version)
        ? `max_statement_time = ${statementTimeoutSeconds}`
        : `max_execution_time = ${statementTimeoutSeconds * 1000}`;
      await connection.query(`SET SESSION time_zone = '+00:00', net_write_timeout = ${WRITE_TIMEOUT_SECONDS}, ${timeout}`);
      await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      return session;
    } catch (error) {
      session.discard();
      throw error;
    }
  }

  private get connection(): Connection {
    return this.core.promise();
  }

  /** Text of our own; every cell as text. */
  async cells(text: string, values: readonly (string | number | null)[] = []): Promise<(string | null)[][]> {
    const [rows] = await this.connection.query({ sql: text, rowsAsArray: true, typeCast: asText }, [...values]);
    return rows as (string | null)[][];
  }

  /** Names and types of a prepared query's columns. */
  async fields(query: BoundQuery): Promise<FieldPacket[]> {
    const [, fields] = await this.connection.query({ sql: await this.prepare(query), rowsAsArray: true });
    return fields;
  }

  /** Every cell of a prepared query's rows as text, for the few rows of an aggregate. */
  async values(query: BoundQuery): Promise<(string | null)[][]> {
    return this.cells(await this.prepare(query));
  }

  /** The rows of a query as the server sends them, cell by cell, for as long as `pause` was not called. */
  async stream(query: BoundQuery): Promise<RowEvents> {
    const sql = await this.prepare(query);
    return {
      query: this.core.query({ sql, rowsAsArray: true, typeCast: false }),
      pause: () => this.core.pause(),
      resume: () => this.core.resume(),
      onLost: (listener) => {
        this.core.once('error', listener);
        return () => this.core.removeListener('error', listener);
      },
    };
  }

  async end(): Promise<void> {
    if (this.released) return;
    try {
      await this.connection.query('COMMIT');
    } catch {
      this.discard();
      return;
    }
    this.released = true;
    this.core.release();
  }

  /** Closes the connection, whatever it is doing. */
  discard(): void {
    if (this.released) return;
    this.released = true;
    this.core.destroy();
  }

  /**
   * Prepares a query under a name and returns the statement that executes it. The text and every value are bound to
   * variables of the session first: no value is ever part of a text, one text is never two statements, and rows still come
   * in the text protocol, which keeps the digits as the server prints them.
   */
  private async prepare({ text, values }: BoundQuery): Promise<string> {
    await this.connection.execute('SET @tributary_text = ?', [text]);
    for (const [index, value] of values.entries()) {
      const isInteger = typeof value === 'boolean' || Number.isInteger(value);
      await this.connection.execute(`SET @tributary_${index} = ${isInteger ? 'CAST(? AS SIGNED)' : '?'}`, [
        typeof value === 'boolean' ? Number(value) : value,
      ]);
    }
    await this.connection.query(`PREPARE ${PREPARED} FROM @tributary_text`);
    const names = values.map((_, index) => `@tributary_${index}`).join(', ');
    return `EXECUTE ${PREPARED}${names === '' ? '' : ` USING ${names}`}`;
  }
}

export interface RowEvents {
  readonly query: Query;
  readonly pause: () => void;
  readonly resume: () => void;
  /** The driver tells a query that takes rows one by one of errors of the server, but not of a connection that is lost. Returns what forgets the listener. */
  readonly onLost: (listener: (error: Error) => void) => () => void;
}

const connected = (pool: Pool): Promise<PoolConnection> =>
  new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error === null) resolve(connection);
      else reject(error);
    });
  });

const asText = (field: { string(encoding?: 'utf8'): string | null }): string | null => field.string('utf8');
