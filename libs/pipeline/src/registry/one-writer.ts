import type { EntityManager } from 'typeorm';

/** Runs `work` in a transaction; of those for the same resource, one at a time across all processes. */
export function oneWriter<T>(manager: EntityManager, resource: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  return manager.transaction(async (inside) => {
    await inside.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [resource]);
    return work(inside);
  });
}
