import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { defineConfig, integer } from '@app/platform';
import { z } from 'zod';

const MIB = 1024 ** 2;

/** The embedded engine. Its memory is a part of the worker's; what does not fit is spilled to this worker's own folder. */
export const engineConfig = defineConfig(
  'engine',
  z.object({
    TRANSFORM_MEMORY_LIMIT_BYTES: integer({ min: 64 * MIB }).default(256 * MIB),
    TRANSFORM_THREADS: integer({ min: 1, max: 64 }).default(2),
    TRANSFORM_TIMEOUT_MS: integer({ min: 1000 }).default(3_600_000),
    TRANSFORM_SPILL_DIR: z.string().default(join(tmpdir(), `tributary-spill-${userInfo().uid}`)),
  }),
  (env) => ({
    memoryLimitBytes: env.TRANSFORM_MEMORY_LIMIT_BYTES,
    threads: env.TRANSFORM_THREADS,
    timeoutMs: env.TRANSFORM_TIMEOUT_MS,
    spillRoot: env.TRANSFORM_SPILL_DIR,
  }),
);
