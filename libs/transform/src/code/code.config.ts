import { defineConfig, integer, secondsToMs } from '@app/platform';
import { z } from 'zod';

const DEFAULT_BATCH_ROWS = 1000;
const DEFAULT_MEMORY_MB = 256;
const DEFAULT_TIMEOUT_MS = 60_000;

/** Code modules: where they are, and what a run of one may take. */
export const codeConfig = defineConfig(
  'code',
  z.object({
    TRANSFORM_MODULES_DIR: z.string().optional(),
    CODE_BATCH_ROWS: integer({ min: 1, max: 100_000 }).default(DEFAULT_BATCH_ROWS),
    CODE_MEMORY_MB: integer({ min: 16, max: 65_536 }).default(DEFAULT_MEMORY_MB),
    CODE_TIMEOUT: secondsToMs().default(DEFAULT_TIMEOUT_MS),
  }),
  (env) => ({
    modulesDir: env.TRANSFORM_MODULES_DIR ?? null,
    limits: { batchRows: env.CODE_BATCH_ROWS, memoryMb: env.CODE_MEMORY_MB, timeoutMs: env.CODE_TIMEOUT },
  }),
);
