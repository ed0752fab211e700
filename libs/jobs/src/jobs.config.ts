import { defineConfig, integer, secondsToMs } from '@app/platform';
import { z } from 'zod';

const TWO_HOURS_MS = 7_200_000;
const HOUR_MS = 3_600_000;
const WEEK_HOURS = 7 * 24;

/**
 * `REDIS_LOCK_EXPIRE` of the old deployment has no meaning here: locks are renewed while they are held,
 * so their lease is short and a dead holder's ends within seconds.
 */
export const jobsConfig = defineConfig(
  'jobs',
  z.object({
    WORKER_CONCURRENCY: integer({ min: 1, max: 64 }).default(4),
    WORKER_MAX_TASKS_PER_CHILD: integer({ min: 0 }).default(0),
    MAX_RETRIES: integer({ min: 0, max: 100 }).default(3),
    RETRY_DELAY: z.coerce.number('expected seconds').positive('expected more than 0').default(1),
    RETRY_BACKOFF_BASE: z.coerce.number('expected a number').min(1, 'expected at least 1').default(2),
    RETRY_JITTER: z.coerce.number('expected a number').min(0, 'expected at least 0').max(1, 'expected at most 1').default(0),
    RESULT_TTL_HOURS: integer({ min: 1 }).default(WEEK_HOURS),
    TASK_TIME: secondsToMs().default(TWO_HOURS_MS),
    REDIS_LOCK_TIMEOUT: secondsToMs().default(TWO_HOURS_MS),
  }),
  (env) => ({
    concurrency: env.WORKER_CONCURRENCY,
    /** After so many tasks a worker stops, for whoever watches it to start a fresh one; never when 0. */
    maxTasks: env.WORKER_MAX_TASKS_PER_CHILD,
    maxRetries: env.MAX_RETRIES,
    retryDelayMs: env.RETRY_DELAY * 1000,
    retryBackoffBase: env.RETRY_BACKOFF_BASE,
    /** The share of a wait by which it may be shorter, so that many tasks do not try again in one moment. */
    retryJitter: env.RETRY_JITTER,
    /** How long a finished task answers with its result. */
    resultTtlMs: env.RESULT_TTL_HOURS * HOUR_MS,
    taskTimeoutMs: env.TASK_TIME,
    lockTimeoutMs: env.REDIS_LOCK_TIMEOUT,
  }),
);
