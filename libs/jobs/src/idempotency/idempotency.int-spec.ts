import { Logger } from '@nestjs/common';
import { redisConfig } from '@app/platform';
import { createTestRedis, type TestRedis } from '@app/testing';
import Redis from 'ioredis';
import { z } from 'zod';
import { idempotencyConfig } from './idempotency.config';
import { IdempotencyStore } from './idempotency.store';

const WEEK_SECONDS = 604_800;

describe('IdempotencyStore (redis)', () => {
  let server: TestRedis;
  let redis: Redis;
  let store: IdempotencyStore;
  const errors: unknown[] = [];

  const open = (url: string, env: Record<string, string> = {}): IdempotencyStore =>
    new IdempotencyStore(redisConfig.read({ REDIS_URL: url }), idempotencyConfig.read(env));

  beforeAll(async () => {
    Logger.overrideLogger({ log: () => undefined, warn: () => undefined, error: (...line: unknown[]) => errors.push(line) });
    server = await createTestRedis();
    redis = new Redis(server.url);
    store = open(server.url);
  });
  afterAll(async () => {
    store.onApplicationShutdown();
    redis.disconnect();
    await server.drop();
  });
  beforeEach(() => server.empty());

  /** Guarded work that counts its calls and fails as often as it is told. */
  const counted = (failures = 0) => {
    let calls = 0;
    return {
      calls: () => calls,
      work: () => {
        calls += 1;
        return calls <= failures ? Promise.reject(new Error('it broke')) : Promise.resolve({ rows: calls });
      },
    };
  };
  const request = (content: unknown) => ({ name: 'import', sourceId: 'feed', content, result: z.object({ rows: z.number() }) });

  it('sets a key once and keeps it for a week unless told otherwise (C-84)', async () => {
    const first = await store.checkAndSet('feed', { n: 1 });
    const second = await store.checkAndSet('feed', { n: 1 });
    expect([first.duplicate, second.duplicate, second.key]).toEqual([false, true, first.key]);
    expect(await redis.ttl(first.key)).toBeGreaterThan(WEEK_SECONDS - 60);
    expect(await redis.ttl(first.key)).toBeLessThanOrEqual(WEEK_SECONDS);
    expect(await store.get(first.key)).toEqual({ timestamp: expect.any(Number) as number });
  });

  it('overwrites, reads and removes values', async () => {
    expect(await store.set('k', { a: 1 }, 0)).toBe(true);
    expect(await store.set('k', [2], 1)).toBe(true);
    expect([await store.check('k'), await store.get('k'), await redis.ttl('k')]).toEqual([true, [2], 86_400]);
    expect([await store.delete('k'), await store.delete('k'), await store.check('k'), await store.get('k')]).toEqual([
      true,
      false,
      false,
      null,
    ]);
  });

  it('runs failed work again, and answers a duplicate of what succeeded with its result (C-85)', async () => {
    const { work, calls } = counted(1);
    await expect(store.guard(request('x'), work)).rejects.toThrow('it broke');
    expect(await store.guard(request('x'), work)).toEqual({ rows: 2 });
    expect(await store.guard(request('x'), work)).toEqual({ rows: 2 });
    expect(await store.guard(request('y'), work)).toEqual({ rows: 3 });
    expect(calls()).toBe(3);
  });

  it('refuses a duplicate while the work goes on, and renews its lease meanwhile', async () => {
    const leaseMs = 4_500; // far longer than a busy machine may keep this process from renewing it
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const running = store.guard({ ...request('z'), leaseMs }, async () => {
      await ended;
      return { rows: 1 };
    });
    const ends = new Set<number>();
    while (ends.size < 2) {
      const [key] = await redis.keys('idempotency:*');
      if (key) ends.add(await redis.pexpiretime(key));
    }
    await expect(store.guard({ ...request('z'), leaseMs }, () => Promise.resolve({ rows: 2 }))).rejects.toMatchObject({
      code: 'idempotency-conflict',
      message: expect.stringMatching(/^Duplicate execution detected for import \(key: idempotency:[0-9a-f]{64}\)$/) as string,
    });
    end();
    expect(await running).toEqual({ rows: 1 });
  });

  it('takes over from a process that died with its claim', async () => {
    const { key } = await store.checkAndSet('feed', 'dead');
    await redis.set(key, JSON.stringify({ state: 'RUNNING', owner: 'gone', timestamp: 0 }));
    await expect(store.guard(request('dead'), counted().work)).rejects.toThrow('Duplicate execution');
    await redis.pexpire(key, 1);
    while (await redis.exists(key)); // the server ends the lease
    expect(await store.guard(request('dead'), counted().work)).toEqual({ rows: 1 });
  });

  it('lets everything run when the store is away or switched off (C-86)', async () => {
    const away = open('redis://127.0.0.1:1/0');
    const off = open(server.url, { IDEMPOTENCY_ENABLED: 'false' });
    for (const other of [away, off]) {
      const { work, calls } = counted();
      await other.guard(request('a'), work);
      await other.guard(request('a'), work);
      expect(calls()).toBe(2);
      expect([(await other.checkAndSet('feed', 'a')).duplicate, (await other.checkAndSet('feed', 'a')).duplicate]).toEqual([false, false]);
      expect([await other.check('k'), await other.get('k'), await other.delete('k'), await other.set('k')]).toEqual([
        false,
        null,
        false,
        false,
      ]);
      other.onApplicationShutdown();
      expect(errors.length > 0).toBe(other === away);
      errors.length = 0;
    }
    expect(await redis.dbsize()).toBe(0);
  });
});
