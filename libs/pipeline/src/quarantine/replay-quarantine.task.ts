import { defineTask } from '@app/jobs';
import { z } from 'zod';
import { locksOf } from '../runs/run-pipeline.task';

/** Which tables it writes is known when it has looked, so it excludes all that write. */
export const replayQuarantineTask = defineTask({
  name: 'replay-quarantine',
  queue: 'persistence',
  payload: z.object({
    definition: z.string(),
    /** Only rows of this table. */
    table: z.string().exactOptional(),
    /** Only this row. */
    id: z.uuid().exactOptional(),
  }),
  locks: () => locksOf(undefined),
});
