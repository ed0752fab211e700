import { defineConfig, flag, integer } from '@app/platform';
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** How long results are kept for callers that ask again, and whether at all. */
export const idempotencyConfig = defineConfig(
  'idempotency',
  z.object({
    IDEMPOTENCY_ENABLED: flag().default(true),
    IDEMPOTENCY_KEY_TTL_DAYS: integer({ min: 1, max: 3650 }).default(7),
  }),
  (env) => ({ enabled: env.IDEMPOTENCY_ENABLED, ttlMs: env.IDEMPOTENCY_KEY_TTL_DAYS * DAY_MS }),
);
