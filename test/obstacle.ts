import { eventually } from '@app/testing';
import { Client, type Pool } from 'pg';

/** An open transaction of the test that holds a lock the platform needs. */
export interface Obstacle {
  /** Resolves once another session waits for it. */
  reached(): Promise<void>;
  /** Ends the transaction, so that whoever waits goes on. */
  remove(): Promise<void>;
}

/** Runs a locking statement in a transaction and keeps it open. */
export async function obstruct(pool: Pool, sql: string, values: readonly unknown[] = []): Promise<Obstacle> {
  const client = new Client(pool.options);
  client.on('error', () => undefined); // a test may take the server away from under it
  await client.connect();
  await client.query('begin');
  await client.query(sql, [...values]);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const isWaitedFor = async (): Promise<boolean> => {
    const waiting = await pool.query('select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [rows[0]?.pid]);
    return waiting.rows.length > 0;
  };
  return {
    reached: async () => {
      await eventually(`somebody waits for: ${sql}`, isWaitedFor);
    },
    remove: () => client.end(),
  };
}
