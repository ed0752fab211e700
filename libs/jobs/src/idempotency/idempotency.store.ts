import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loggable, redisConfig } from '@app/platform';
import Redis from 'ioredis';
import { z } from 'zod';
import { idempotencyConfig } from './idempotency.config';
import { idempotencyKey } from './idempotency-key';
import { DuplicateExecutionError } from './idempotency.errors';

const DAY_MS = 86_400_000;
const DEFAULT_LEASE_MS = 5 * 60_000;
/** Renewals within one lease: two may be lost. */
const RENEWALS_PER_LEASE = 3;
/** A store that does not answer must not hold up the work for long. */
const COMMAND_TIMEOUT_MS = 2_000;

const stateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('RUNNING'), owner: z.string(), timestamp: z.number() }),
  z.object({ state: z.literal('SUCCEEDED'), result: z.unknown(), timestamp: z.number() }),
  z.object({ state: z.literal('FAILED'), timestamp: z.number() }),
]);

/** Claims a key that is free or whose work failed; answers what else holds it. ARGV: claim, lease in ms. */
const CLAIM = `
  local held = redis.call('get', KEYS[1])
  if held then
    local known, entry = pcall(cjson.decode, held)
    if not (known and type(entry) == 'table' and entry.state == 'FAILED') then return held end
  end
  redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return nil`;
/** Replaces or renews a claim that is still ours. ARGV: our claim, value to put, its lifetime in ms. */
const REPLACE_OWN = `
  if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1`;

export interface GuardRequest<Result> {
  /** What the work is called in an error. */
  readonly name: string;
  readonly sourceId: string;
  /** Equal content is the same work. */
  readonly content: unknown;
  /** Checks a result that an earlier call left. Results travel as JSON. */
  readonly result: z.ZodType<Result>;
  /** How long the result is kept; `IDEMPOTENCY_KEY_TTL_DAYS` by default. */
  readonly ttlDays?: number;
  /** How long a claim outlives a process that died, in ms; 5 min by default. It is renewed while the work goes on. */
  readonly leaseMs?: number;
}

/**
 * Remembers in Redis what was done already. Fails open: while the store is away or `IDEMPOTENCY_ENABLED` is false, nothing
 * is a duplicate and work simply runs; what must not happen twice is also recorded in the database that it writes.
 */
@Injectable()
export class IdempotencyStore implements OnApplicationShutdown {
  private readonly logger = new Logger(IdempotencyStore.name);
  private readonly redis: Redis;

  constructor(
    @Inject(redisConfig.KEY) { queue }: ConfigType<typeof redisConfig>,
    @Inject(idempotencyConfig.KEY) private readonly config: ConfigType<typeof idempotencyConfig>,
  ) {
    this.redis = new Redis({ ...queue, lazyConnect: true, maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT_MS });
    this.redis.on('error', () => undefined); // every command reports its own failure
  }

  /** Whether the key is known. */
  check(key: string): Promise<boolean> {
    return this.open(false, async () => (await this.redis.exists(key)) > 0);
  }

  /** Overwrites. Without a value the time is kept, in seconds since 1970. @param ttlDays the configured ones when 0 or unset */
  set(key: string, value?: unknown, ttlDays?: number): Promise<boolean> {
    return this.open(false, async () => {
      await this.redis.set(key, valueText(value), 'PX', this.ttlMs(ttlDays));
      return true;
    });
  }

  /** The value as it was set; null when there is none. */
  get(key: string): Promise<unknown> {
    return this.open<unknown>(null, async () => {
      const text = await this.redis.get(key);
      return text === null ? null : (JSON.parse(text) as unknown);
    });
  }

  /** True when there was one. */
  delete(key: string): Promise<boolean> {
    return this.open(false, async () => (await this.redis.del(key)) > 0);
  }

  /** Sets the key of a piece of content unless it is set; both in one step. */
  async checkAndSet(
    sourceId: string,
    content: unknown,
    value?: unknown,
    ttlDays?: number,
  ): Promise<{ readonly duplicate: boolean; readonly key: string }> {
    const key = idempotencyKey(sourceId, content);
    const duplicate = await this.open(
      false,
      async () => (await this.redis.set(key, valueText(value), 'PX', this.ttlMs(ttlDays), 'NX')) === null,
    );
    return { duplicate, key };
  }

  /**
   * Does a piece of work once: a later call answers the result of the first that succeeded. Failed work, and work whose
   * process died longer ago than its lease, is done again.
   *
   * @throws {DuplicateExecutionError} while another call is at it; whatever the work throws
   */
  async guard<Result>(request: GuardRequest<Result>, work: () => Promise<Result>): Promise<Result> {
    const { name, leaseMs = DEFAULT_LEASE_MS, ttlDays } = request;
    const key = idempotencyKey(request.sourceId, request.content);
    const claim = JSON.stringify({ state: 'RUNNING', owner: randomUUID(), timestamp: epochSeconds() });
    const held = await this.open<string | null | undefined>(
      undefined,
      async () => (await this.redis.eval(CLAIM, 1, key, claim, leaseMs)) as string | null,
    );
    if (held === undefined) return work(); // no store: run rather than refuse
    if (held !== null) return earlierResult(held, request, key);
    const finish = (outcome: object): Promise<unknown> => this.replace(key, claim, JSON.stringify(outcome), this.ttlMs(ttlDays));
    const renewal = setInterval(() => void this.replace(key, claim, claim, leaseMs), leaseMs / RENEWALS_PER_LEASE);
    try {
      const result = await work();
      await finish({ state: 'SUCCEEDED', result: result ?? null, timestamp: epochSeconds() });
      return result;
    } catch (error) {
      this.logger.warn({ name, key }, 'guarded work failed; the next call does it again');
      await finish({ state: 'FAILED', timestamp: epochSeconds() });
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private replace(key: string, claim: string, value: string, ttlMs: number): Promise<unknown> {
    return this.open<unknown>(null, () => this.redis.eval(REPLACE_OWN, 1, key, claim, value, ttlMs));
  }

  private ttlMs(days?: number): number {
    return days ? days * DAY_MS : this.config.ttlMs;
  }

  private async open<T>(fallback: T, work: () => Promise<T>): Promise<T> {
    if (!this.config.enabled) return fallback;
    try {
      return await work();
    } catch (error) {
      this.logger.error(loggable(error), 'the idempotency store failed; going on without it');
      return fallback;
    }
  }
}

function earlierResult<Result>(held: string, { name, result }: GuardRequest<Result>, key: string): Result {
  const entry = stateSchema.safeParse(JSON.parse(held));
  if (!entry.success || entry.data.state !== 'SUCCEEDED') throw new DuplicateExecutionError(name, key);
  return result.parse(entry.data.result);
}

const valueText = (value: unknown): string => JSON.stringify(value === undefined ? { timestamp: epochSeconds() } : value);

const epochSeconds = (): number => Date.now() / 1000;
