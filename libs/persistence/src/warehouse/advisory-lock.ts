import type { Session } from './warehouse';

/**
 * Takes resources as advisory locks until the transaction ends, in an order that is the same for everybody. A worker
 * whose lease on a resource ran out unnoticed still waits here.
 */
export async function takeLocks(session: Session, exclusive: readonly string[], shared: readonly string[] = []): Promise<void> {
  for (const resource of [...exclusive, ...shared].sort()) {
    const lock = exclusive.includes(resource) ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
    await session.query(`select ${lock}(hashtextextended($1, 0))`, [`tributary:${resource}`]);
  }
}
