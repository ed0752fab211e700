import type { ConfigType } from '@nestjs/config';
import type { jobsConfig } from './jobs.config';

const MAX_DELAY_MS = 300_000;

type RetrySettings = Pick<ConfigType<typeof jobsConfig>, 'retryDelayMs' | 'retryBackoffBase' | 'retryJitter'>;

/**
 * The wait after a failed attempt, counted from 1: `RETRY_DELAY × RETRY_BACKOFF_BASE^(attempt − 1)`, at most 5 minutes,
 * shortened at random by up to the share `RETRY_JITTER`.
 *
 * @param random in [0, 1)
 */
export function retryDelayMs(attempt: number, { retryDelayMs, retryBackoffBase, retryJitter }: RetrySettings, random: number): number {
  const fullMs = Math.min(retryDelayMs * retryBackoffBase ** (attempt - 1), MAX_DELAY_MS);
  return Math.round(fullMs * (1 - retryJitter * random));
}
