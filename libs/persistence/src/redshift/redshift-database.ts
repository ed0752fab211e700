import { Logger } from '@nestjs/common';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { translateRedshiftError } from './redshift-errors';
import type { Statement } from './redshift-sql';

/** The connection of one transaction. */
export class RedshiftSession {
  private readonly logger = new Logger(RedshiftSession.name);

  constructor(private readonly client: PoolClient) {}

  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows;
  }

  /** Its keys are never seen in a log. */
  async execute({ text, logged }: Statement): Promise<void> {
    this.logger.debug({ sql: logged }, 'redshift statement');
    await this.client.query(text);
  }
}

/**
 * A Redshift cluster. It speaks PostgreSQL's protocol and a dialect of its own: no advisory locks, no conflict clauses, few
 * settings, which is why it is no `Warehouse`.
 */
export class RedshiftDatabase {
  constructor(private readonly pool: Pool) {
    // An idle connection that is lost is replaced by the pool; without a listener it would end the process.
    pool.on('error', ignore);
  }

  /** One statement in its own transaction. */
  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      const { rows }: QueryResult<Row> = await this.pool.query<Row>(text, values);
      return rows;
    } catch (error) {
      throw translateRedshiftError(error);
    }
  }

  /**
   * All of the work or nothing.
   * @throws {AppError} or the signal's reason
   */
  async transaction<T>(work: (session: RedshiftSession) => Promise<T>, options: { signal: AbortSignal; rollback: boolean }): Promise<T> {
    const { signal, rollback } = options;
    signal.throwIfAborted();
    const client = await this.pool.connect().catch((error: unknown) => {
      throw translateRedshiftError(error);
    });
    client.on('error', ignore);
    let isUsable = true;
    let stop = ignore;
    try {
      stop = await this.cancelOnAbort(client, signal);
      signal.throwIfAborted();
      await client.query('begin');
      const result = await work(new RedshiftSession(client));
      signal.throwIfAborted();
      await client.query(rollback ? 'rollback' : 'commit');
      return result;
    } catch (error) {
      isUsable = await client.query('rollback').then(
        () => true,
        () => false,
      );
      throw signal.aborted ? signal.reason : translateRedshiftError(error);
    } finally {
      stop();
      client.off('error', ignore);
      client.release(!isUsable || signal.aborted);
    }
  }

  /** Ends the session from another connection: a COPY of many gigabytes does not look up by itself. */
  private async cancelOnAbort(client: PoolClient, signal: AbortSignal): Promise<() => void> {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const cancel = (): void => void this.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]).catch(ignore);
    signal.addEventListener('abort', cancel, { once: true });
    return () => signal.removeEventListener('abort', cancel);
  }
}

const ignore = (): void => undefined;
