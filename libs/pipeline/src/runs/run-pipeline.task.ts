import { defineTask } from '@app/jobs';
import { z } from 'zod';

/** What everything that writes to the warehouse names, as a queue lock and as an advisory lock of its transaction. */
export const WAREHOUSE_RESOURCE = 'warehouse:default';

export const runPipelineTask = defineTask({
  name: 'run-pipeline',
  queue: 'pipeline',
  payload: z.object({ runId: z.uuid(), dryRun: z.boolean() }),
  // A dry run changes nothing, so it stands beside others; a run excludes all that write.
  locks: ({ dryRun }) => [{ resource: WAREHOUSE_RESOURCE, mode: dryRun ? ('shared' as const) : ('exclusive' as const) }],
});
