import { replaceNamedParameters } from '@app/platform';
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { SourceQuery } from '../source-query';
import { declaredType, parameterText } from './postgres-parameters';

/** Sessions of this name only read: an incremental run does not wait for them. */
export const SOURCE_APPLICATION = 'tributary-source';
const SETTING_PREFIX = 'tributary.parameter_';
const PREPARED = 'tributary_query';
/** How often the server looks whether we are still there, where it can (PostgreSQL 14). */
const CONNECTION_CHECK_MS = 10_000;

export interface SessionSettings {
  readonly statementTimeoutSeconds: number;
  /** Sees what the session that exported it sees. */
  readonly snapshot?: string;
}

/** One read-only transaction on one connection: one snapshot, UTC, values in PostgreSQL's exact text form. */
export class PostgresSession {
  private released = false;

  private constructor(readonly client: PoolClient) {
    client.on('error', ignoreLoss);
  }

  static async begin(pool: Pool, settings: SessionSettings): Promise<PostgresSession> {
    const session = new PostgresSession(await liveClient(pool));
    try {
      await session.prepareTransaction(settings);
      return session;
    } catch (error) {
      session.discard();
      throw error;
    }
  }

  /** Text of our own. */
  run(text: string, values?: readonly unknown[]): Promise<QueryResult<Record<string, unknown>>> {
    return this.client.query<Record<string, unknown>>(text, values ? [...values] : undefined);
  }

  /** The first cell as text; null also stands for no row. */
  async value(text: string, values?: readonly unknown[]): Promise<string | null> {
    const [row] = (await this.run(text, values)).rows;
    const [cell] = Object.values(row ?? {});
    if (cell === null || cell === undefined) return null;
    return typeof cell === 'string' ? cell : JSON.stringify(cell);
  }

  /** Text that holds a user's query. The extended protocol takes one statement only, so that nothing hides behind it. */
  async runForeign(text: string): Promise<QueryResult> {
    const query = { text, queryMode: 'extended' };
    return this.client.query(query);
  }

  /**
   * The query as `COPY` can take it, which has no parameters: each value is bound to a setting of this transaction, and the
   * text reads the setting with the type that PostgreSQL inferred for the parameter. So no value is ever part of a text,
   * nor of the server's log. Other sessions run the same text after {@link bind}.
   */
  async compile(query: SourceQuery): Promise<string> {
    const { text, parameters } = query;
    if (parameters.length === 0) return replaceNamedParameters(text, () => '');
    await this.bind(query);
    const declared = parameters.map(({ value }) => declaredType(value)).join(', ');
    await this.runForeign(`PREPARE ${PREPARED} (${declared}) AS ${replaceNamedParameters(text, (_, ordinal) => `$${ordinal}`)}`);
    const types = await this.run(
      'SELECT type::text FROM pg_prepared_statements, unnest(parameter_types) WITH ORDINALITY AS t(type, n) WHERE name = $1 ORDER BY n',
      [PREPARED],
    );
    await this.run(`DEALLOCATE ${PREPARED}`);
    return replaceNamedParameters(text, (_, ordinal) => {
      const type = String(types.rows[ordinal - 1]?.type);
      const value = parameters[ordinal - 1]?.value ?? null;
      const setting = `current_setting('${SETTING_PREFIX}${ordinal}')::${type}`;
      if (value === null) return `(NULL::${type})`;
      // A list is read from its text once, not for every row.
      return Array.isArray(value) ? `((SELECT ${setting})::${type})` : `(${setting})`;
    });
  }

  async bind({ parameters }: SourceQuery): Promise<void> {
    for (const [index, { value }] of parameters.entries()) {
      const text = parameterText(value);
      if (text !== null) await this.run('SELECT set_config($1, $2, true)', [`${SETTING_PREFIX}${index + 1}`, text]);
    }
  }

  /** Ends the transaction and hands the connection on. */
  async end(): Promise<void> {
    if (this.released) return;
    try {
      await this.run('COMMIT');
    } catch {
      this.discard();
      return;
    }
    this.giveBack(false);
  }

  /** Closes the connection, whatever it is doing. */
  discard(): void {
    if (!this.released) this.giveBack(true);
  }

  private giveBack(isBroken: boolean): void {
    this.released = true;
    this.client.release(isBroken);
    this.client.removeListener('error', ignoreLoss);
  }

  private async prepareTransaction({ statementTimeoutSeconds, snapshot }: SessionSettings): Promise<void> {
    if (snapshot !== undefined) await this.run(`SET TRANSACTION SNAPSHOT '${snapshot.replace(/[^0-9A-F-]/gi, '')}'`);
    const settings = {
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      IntervalStyle: 'postgres',
      bytea_output: 'hex',
      extra_float_digits: '3',
      statement_timeout: `${statementTimeoutSeconds}s`,
      // A snapshot waits while its parts are staged; the server must not take that for a forgotten session.
      idle_in_transaction_session_timeout: '0',
      client_connection_check_interval: `${CONNECTION_CHECK_MS}ms`,
    };
    await this.run(
      'SELECT set_config(name, wanted.value, true) FROM json_each_text($1::json) AS wanted(key, value) JOIN pg_settings ON lower(name) = lower(key)',
      [JSON.stringify(settings)],
    );
  }
}

/** A connection that is lost while it does nothing fails the next statement; as an event it would end the process. */
const ignoreLoss = (): void => undefined;

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/** A pooled connection may have died unnoticed: the second one is new. */
async function liveClient(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  try {
    await client.query(BEGIN);
    return client;
  } catch {
    client.release(true);
  }
  const fresh = await pool.connect();
  try {
    await fresh.query(BEGIN);
    return fresh;
  } catch (error) {
    fresh.release(true);
    throw error;
  }
}
