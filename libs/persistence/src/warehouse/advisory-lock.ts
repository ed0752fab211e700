import type { Session } from './warehouse';

/**
 * Takes resources as advisory locks until the transaction ends, in an order that is the same for everybody. A worker
 * whose lease on a resource ran out unnoticed still waits here.
 */
export async function takeLocks(session: Session, resources: readonly string[]): Promise<void> {
  for (const resource of [...resources].sort()) {
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`tributary:${resource}`]);
  }
}
