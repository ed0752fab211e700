import { defineConfig, integer, secondsToMs } from '@app/platform';
import { z } from 'zod';

const MIB = 1024 ** 2;
const DEFAULT_TIMEOUT_MS = 10_000;

/** What trying a transform on a few rows may take of the process that answers. */
export const previewConfig = defineConfig(
  'preview',
  z.object({
    PREVIEW_MEMORY_LIMIT_BYTES: integer({ min: 64 * MIB }).default(128 * MIB),
    PREVIEW_TIMEOUT: secondsToMs().default(DEFAULT_TIMEOUT_MS),
    PREVIEW_CONCURRENCY: integer({ min: 1, max: 64 }).default(2),
  }),
  (env) => ({
    memoryLimitBytes: env.PREVIEW_MEMORY_LIMIT_BYTES,
    timeoutMs: env.PREVIEW_TIMEOUT,
    /** Previews at once; further ones are refused. */
    concurrency: env.PREVIEW_CONCURRENCY,
  }),
);
