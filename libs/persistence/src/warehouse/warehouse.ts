import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { translateError } from './translate-error';

/** How long a transaction waits for a table or a lock that another one holds. */
export const WAREHOUSE_LOCK_TIMEOUT_MS = 600_000;
/** Memory of one sort or hash of a writing transaction; PostgreSQL spills to disk beyond it. */
export const WAREHOUSE_WORK_MEM_KB = 256 * 1024;

/**
 * Local to one transaction. Fixed date and zone settings make the text of a value the same on every server. A nested
 * loop or a sort over a whole table is never what a comparison wants, and compiling its wide queries costs more than it gains.
 */
const TRANSACTION_SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: `${WAREHOUSE_LOCK_TIMEOUT_MS}ms`,
  work_mem: `${WAREHOUSE_WORK_MEM_KB}kB`,
  datestyle: 'ISO, MDY',
  timezone: 'UTC',
  jit: 'off',
  enable_mergejoin: 'off',
};

/** The connection a transaction runs on. Valid only inside the work it was handed to. */
export type Session = Pick<PoolClient, 'query'>;

/** Anything that runs one statement: a session, or the warehouse itself. */
export interface Queryable {
  query<Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<QueryResult<Row>>;
}

export interface TransactionOptions {
  /** Ends the running statement and rolls back. */
  readonly signal?: AbortSignal;
  /** Rolls back after the work instead of committing, and still returns its result. */
  readonly rollback?: boolean;
}

/** The warehouse database. Holds the pool and nothing else; the owner of the pool ends it. */
@Injectable()
export class Warehouse implements Queryable {
  constructor(private readonly pool: Pool) {
    // An idle connection that is lost is replaced by the pool; without a listener it would end the process.
    pool.on('error', ignore);
  }

  /** One statement in its own transaction. @throws {AppError} */
  async query<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<QueryResult<Row>> {
    try {
      return await this.pool.query<Row>(sql, values);
    } catch (error) {
      throw translateError(error);
    }
  }

  /**
   * Runs the work in one transaction: all of it or nothing. When the connection is lost while committing, the outcome is
   * unknown to us and a retryable error is thrown; the work must be able to see whether it was done.
   * @throws {AppError} or the signal's reason
   */
  async transaction<T>(work: (session: Session) => Promise<T>, { signal, rollback = false }: TransactionOptions = {}): Promise<T> {
    signal?.throwIfAborted();
    const client = await this.connect();
    // The statement under way fails with the same error.
    client.on('error', ignore);
    let usable = true;
    try {
      const processId = await begin(client);
      const result = await this.whileCancellable(processId, signal, () => work(client));
      await client.query(rollback ? 'rollback' : 'commit');
      return result;
    } catch (error) {
      usable = await rolledBack(client);
      throw signal?.aborted ? signal.reason : translateError(error);
    } finally {
      client.off('error', ignore);
      // The end of the session may still be on its way: nobody else shall meet it.
      client.release(!usable || signal?.aborted === true);
    }
  }

  private async connect(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw translateError(error);
    }
  }

  private async whileCancellable<T>(processId: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    // Ends the whole session: a mere cancel is lost when it arrives just before the statement does.
    const cancel = (): void => void this.pool.query('select pg_terminate_backend($1)', [processId]).catch(ignore);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const result = await work();
      signal?.throwIfAborted();
      return result;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }
}

const ignore = (): void => undefined;

async function begin(client: PoolClient): Promise<number> {
  await client.query('begin');
  const settings = Object.entries(TRANSACTION_SETTINGS).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  const { rows } = await client.query<{ pid: number }>(`select ${settings.join(', ')}, pg_backend_pid() as pid`);
  return rows[0]?.pid ?? 0;
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
