import { defineConfig, flag, integer } from '@app/platform';
import { z } from 'zod';

/** How often each worker looks whether a schedule is due. */
export const LOOK_EVERY_MS = 5_000;

const DEFAULT_GRACE_SECONDS = 60;
/** Two looks at least, so that a slow one does not turn firings into missed ones. */
const MIN_GRACE_SECONDS = (2 * LOOK_EVERY_MS) / 1_000;
const MAX_GRACE_SECONDS = 3_600;

export const schedulerConfig = defineConfig(
  'scheduler',
  z.object({
    SCHEDULES_ENABLED: flag().default(true),
    SCHEDULE_GRACE_SECONDS: integer({ min: MIN_GRACE_SECONDS, max: MAX_GRACE_SECONDS }).default(DEFAULT_GRACE_SECONDS),
  }),
  (env) => ({ enabled: env.SCHEDULES_ENABLED, graceMs: env.SCHEDULE_GRACE_SECONDS * 1_000 }),
);
