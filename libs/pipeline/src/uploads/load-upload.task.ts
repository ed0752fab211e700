import { defineTask } from '@app/jobs';
import { z } from 'zod';
import { WAREHOUSE_RESOURCE } from '../runs/run-pipeline.task';

/** Schema of the warehouse that people's uploads go to. */
export const UPLOAD_SCHEMA = 'public';

/** Uploads stand beside each other unless they are for one table; what writes the whole warehouse excludes them. */
export const loadUploadTask = defineTask({
  name: 'load-upload',
  queue: 'persistence',
  payload: z.object({ uploadId: z.uuid(), table: z.string() }),
  locks: ({ table }) => [
    { resource: WAREHOUSE_RESOURCE, mode: 'shared' as const },
    { resource: `table:${UPLOAD_SCHEMA}.${table}`, mode: 'exclusive' as const },
  ],
});
