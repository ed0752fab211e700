import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AppError, loggable, redisConfig } from '@app/platform';
import Redis from 'ioredis';
import Redlock, { type CompatibleRedisClient, type Lock } from 'redlock';
import { jobsConfig } from './jobs.config';
import type { LockRequest } from './task-definition';

/** Redlock knows exclusive locks only: a shared lock is one of these slots, an exclusive lock is all of them. */
const SHARED_SLOTS = 16;
const LOCK_TTL_MS = 10_000;
const EXTEND_EVERY_MS = 3_000;
const RETRY_DELAY_MS = 200;
const RETRY_JITTER_MS = 100;
const KEY_PREFIX = 'tributary:lock:';

export class LockNotAvailableError extends AppError {
  readonly code = 'lock-not-available';
  constructor(resources: readonly string[], waitedMs: number) {
    super(`${resources.join(', ')} stayed in use by other work for ${Math.round(waitedMs / 1000)} s; try again when it has ended.`);
  }
}

export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Queue-wide order over named resources. Not safety: a holder may be paused past its lease, so whoever writes takes the
 * same resources as PostgreSQL advisory locks in the writing transaction.
 */
@Injectable()
export class ResourceLocks implements OnApplicationShutdown {
  private readonly logger = new Logger(ResourceLocks.name);
  private readonly redis: Redis;
  private readonly redlock: Redlock;

  constructor(
    @Inject(redisConfig.KEY) redis: ConfigType<typeof redisConfig>,
    @Inject(jobsConfig.KEY) private readonly config: ConfigType<typeof jobsConfig>,
  ) {
    this.redis = new Redis({ ...redis.lock, lazyConnect: true, maxRetriesPerRequest: 1 });
    this.redis.on('error', (error) => this.logger.warn(loggable(error), 'lock server unreachable'));
    // The client's type is that of an older driver; the commands Redlock uses are the same.
    this.redlock = new Redlock([this.redis as unknown as CompatibleRedisClient], { retryCount: 0 });
    this.redlock.on('clientError', (error) => this.logger.debug(loggable(error), 'lock server refused'));
  }

  /** Waits until all are held. @throws {LockNotAvailableError} after `REDIS_LOCK_TIMEOUT`, or the signal's reason */
  async acquire(requests: readonly LockRequest[], signal: AbortSignal): Promise<HeldLock> {
    if (requests.length === 0) return { release: () => Promise.resolve() };
    const since = Date.now();
    for (;;) {
      signal.throwIfAborted();
      const lock = await this.tryLock(requests);
      if (lock) return this.keep(lock, requests);
      const waitedMs = Date.now() - since;
      if (waitedMs > this.config.lockTimeoutMs)
        throw new LockNotAvailableError(
          requests.map(({ resource }) => resource),
          waitedMs,
        );
      await pause(RETRY_DELAY_MS + Math.random() * RETRY_JITTER_MS);
    }
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private async tryLock(requests: readonly LockRequest[]): Promise<Lock | null> {
    try {
      return await this.redlock.lock(keysOf(requests), LOCK_TTL_MS);
    } catch {
      return null; // held by somebody, or Redis is away: both mean not now
    }
  }

  /** Renews until released. A lock that Redis forgot (it was emptied) is taken anew: the task's row still keeps order. */
  private keep(first: Lock, requests: readonly LockRequest[]): HeldLock {
    let lock: Lock | null = first;
    const renew = async (): Promise<void> => {
      lock = lock ? await lock.extend(LOCK_TTL_MS).catch(() => null) : null;
      lock ??= await this.tryLock(requests);
      if (!lock) this.logger.warn({ resources: requests.map(({ resource }) => resource) }, 'a held lock could not be renewed');
    };
    let renewing: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      renewing = renewing.then(renew);
    }, EXTEND_EVERY_MS);
    return {
      release: async () => {
        clearInterval(timer);
        await renewing;
        await lock?.unlock().catch(() => undefined); // it ends by itself within the lease
      },
    };
  }
}

const keysOf = (requests: readonly LockRequest[]): string[] =>
  requests.flatMap(({ resource, mode }) => {
    const slot = (index: number) => `${KEY_PREFIX}{${resource}}:${index}`;
    if (mode === 'shared') return [slot(Math.floor(Math.random() * SHARED_SLOTS))];
    return Array.from({ length: SHARED_SLOTS }, (_, index) => slot(index));
  });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
