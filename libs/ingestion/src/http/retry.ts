import { AppError } from '@app/platform';
import { SourceUnavailableError } from '../source.errors';
import type { Timing } from './timing';

/** No single wait is longer than this, whatever a server's `Retry-After` or the backoff says. */
export const MAX_RETRY_WAIT_MS = 120_000;

export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** The longest first wait; it doubles with every try. */
  readonly backoffBaseMs: number;
  readonly timing: Timing;
}

/** Tries again while the error says that may help. Waits `Retry-After`, else exponential backoff with full jitter. */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: () => Promise<T>,
  mayRetry: (error: unknown) => boolean = (error) => error instanceof AppError && error.retryable,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (tries >= policy.attempts || !mayRetry(error)) throw error;
      await policy.timing.delay(waitMs(policy, tries, error), signal);
    }
  }
}

function waitMs(policy: RetryPolicy, tries: number, error: unknown): number {
  const asked = error instanceof SourceUnavailableError ? error.retryAfterMs : null;
  const backoffMs = policy.timing.random() * policy.backoffBaseMs * 2 ** (tries - 1);
  return Math.min(asked ?? backoffMs, MAX_RETRY_WAIT_MS);
}
