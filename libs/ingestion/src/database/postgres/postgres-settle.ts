import { setTimeout as pause } from 'node:timers/promises';
import { SourceUnavailableError } from '../../source.errors';
import { QueryInvalidError } from '../database.errors';
import { type PostgresSession, SOURCE_APPLICATION } from './postgres-session';

const POLL_MS = 100;

/**
 * Every transaction of this database but our own kind: `pg_locks` shows to everyone that they are there, and which of them
 * hold a writer's lock on a table that the asking session reads. Prepared transactions have no process any more.
 */
const OPEN_TRANSACTIONS = `
  SELECT DISTINCT own.virtualtransaction AS id, EXISTS (
      SELECT FROM pg_locks held
      WHERE held.virtualtransaction = own.virtualtransaction AND held.locktype = 'relation' AND held.granted
        AND held.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        AND held.relation IN (SELECT relation FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation')
        AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS writes
  FROM pg_locks own LEFT JOIN pg_stat_activity session ON session.pid = own.pid
  WHERE own.granted AND own.pid IS DISTINCT FROM pg_backend_pid() AND coalesce(session.application_name, '') <> $1
    AND (own.locktype = 'virtualxid' AND session.datname = current_database() OR own.locktype = 'transactionid' AND own.pid IS NULL)`;

/**
 * Waits for the transactions that are open now. A value of a growing column that was made before this call is then either
 * visible to a new snapshot or rolled back: what is not there yet will be greater.
 *
 * One that stays open beyond the limit is taken for a reader, such as a backup, unless it has written to the query's tables.
 */
export async function settleWriters(session: PostgresSession, limitMs: number, signal: AbortSignal): Promise<void> {
  if ((await session.value('SELECT pg_is_in_recovery()')) === 'true') {
    throw new QueryInvalidError('A standby does not show who writes: read its primary, or state incremental.lag.');
  }
  let waited = 0;
  let open = await openTransactions(session);
  while (open.size > 0 && waited < limitMs) {
    await pause(POLL_MS, undefined, { signal });
    waited += POLL_MS;
    const still = await openTransactions(session);
    open = new Map([...still].filter(([id]) => open.has(id)));
  }
  const writers = [...open.values()].filter((writes) => writes).length;
  if (writers === 0) return;
  throw new SourceUnavailableError(
    'An incremental query',
    `${writers} transactions that write to its tables stayed open for ${limitMs / 1000} seconds, and their rows would be lost`,
  );
}

async function openTransactions(session: PostgresSession): Promise<Map<string, boolean>> {
  const { rows } = await session.run(OPEN_TRANSACTIONS, [SOURCE_APPLICATION]);
  return new Map(rows.map(({ id, writes }) => [String(id), writes === true]));
}
