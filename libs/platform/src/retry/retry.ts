import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { loggable } from '../errors/failure';

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_BASE_DELAY_MS = 1_000;
const DEFAULT_EXPONENTIAL_BASE = 2;

/** Work that failed as often as it was allowed to; its cause is the last failure. */
export class RetryError extends Error {
  constructor(name: string, attempts: number, last: unknown) {
    super(`${name} failed after ${attempts} attempts: ${last instanceof Error ? last.message : String(last)}`, { cause: last });
    this.name = RetryError.name;
  }
}

export interface RetryOptions {
  /** What the work is called in logs and errors. */
  readonly name: string;
  /** Calls in all; 3 by default. */
  readonly maxAttempts?: number;
  /** The first wait; 1000 ms by default. */
  readonly baseDelayMs?: number;
  /** No wait is longer; no limit by default. */
  readonly maxDelayMs?: number;
  /** Each wait is so many times the one before; 2 by default. */
  readonly exponentialBase?: number;
  /** Other failures are thrown at once; all are tried again by default. */
  readonly retryOn?: (error: unknown) => boolean;
  /** Told of every failure that is tried again, and of the last; what it throws itself is logged and ignored. */
  readonly onRetry?: (attempt: number, error: unknown) => void;
  /** Whether the end is a `RetryError` (default) or the last failure as it was. */
  readonly wrapLast?: boolean;
  /** Waits; given from outside so that waits can be observed. */
  readonly delay?: (ms: number) => Promise<unknown>;
}

const logger = new Logger('Retry');

/**
 * Does work again while it fails, with waits of `baseDelayMs × exponentialBase^(n − 1)` without jitter.
 *
 * @throws {RetryError}, or the failure itself: one that `retryOn` does not want, and the last without `wrapLast`
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { name, maxAttempts = DEFAULT_ATTEMPTS, retryOn = () => true, wrapLast = true, delay = (ms) => sleep(ms) } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await work();
      if (attempt > 1) logger.log({ name, attempt }, 'succeeded after failures');
      return result;
    } catch (error) {
      if (!retryOn(error)) throw error;
      tell(options, attempt, error);
      if (attempt >= maxAttempts) {
        logger.error({ name, attempt, error: loggable(error) }, 'failed for the last time');
        throw wrapLast ? new RetryError(name, attempt, error) : error;
      }
      logger.warn({ name, attempt, error: loggable(error) }, 'failed and is tried again');
      await delay(waitMs(options, attempt));
    }
  }
}

function tell({ name, onRetry }: RetryOptions, attempt: number, error: unknown): void {
  try {
    onRetry?.(attempt, error);
  } catch (failure) {
    logger.warn({ name, attempt, error: loggable(failure) }, 'who wanted to be told of a failure failed');
  }
}

function waitMs(options: RetryOptions, attempt: number): number {
  const { baseDelayMs = DEFAULT_BASE_DELAY_MS, maxDelayMs = Infinity, exponentialBase = DEFAULT_EXPONENTIAL_BASE } = options;
  return Math.min(baseDelayMs * exponentialBase ** (attempt - 1), maxDelayMs);
}
