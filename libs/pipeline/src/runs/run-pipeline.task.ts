import { defineTask, type LockRequest } from '@app/jobs';
import { z } from 'zod';

/** What everything that writes to the warehouse names, as a queue lock and as an advisory lock of its transaction. */
export const WAREHOUSE_RESOURCE = 'warehouse:default';

export const runPipelineTask = defineTask({
  name: 'run-pipeline',
  queue: 'pipeline',
  payload: z.object({
    runId: z.uuid(),
    dryRun: z.boolean(),
    /** The only tables that the run writes, as `schema.table`; absent when that is not known beforehand. */
    tables: z.array(z.string()).exactOptional(),
  }),
  // A dry run changes nothing, so it stands beside others.
  locks: ({ dryRun, tables }) => locksOf(dryRun ? [] : tables),
});

/** A run whose tables are known stands beside those that write others; any other excludes all that write. */
export function locksOf(tables: readonly string[] | undefined): LockRequest[] {
  if (!tables) return [{ resource: WAREHOUSE_RESOURCE, mode: 'exclusive' }];
  const own = [...new Set(tables)].sort().map((table): LockRequest => ({ resource: `table:${table}`, mode: 'exclusive' }));
  return [{ resource: WAREHOUSE_RESOURCE, mode: 'shared' }, ...own];
}
