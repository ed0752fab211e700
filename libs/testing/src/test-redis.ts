import { randomUUID } from 'node:crypto';
import Redis from 'ioredis';
import { testRedisServer } from './servers';

/** Longer than any test file takes; a killed run's databases are free again after it. */
const CLAIM_MS = 10 * 60_000;

/** An emptied Redis database of one test file's own. */
export interface TestRedis {
  /** Its address, database number included. */
  readonly url: string;
  /** Forgets everything in it, as `FLUSHDB` does. */
  empty(): Promise<void>;
  /** Empties the database and gives its number back. A second call does nothing. */
  drop(): Promise<void>;
}

/**
 * Claims one of the numbered databases behind TEST_REDIS_URL for this test file and empties it. Number 0 holds the claims,
 * so that files of several workers, and of several runs, never share one. Throws when every number is taken.
 */
export async function createTestRedis(): Promise<TestRedis> {
  const server = new URL(testRedisServer());
  const number = await withDatabase(server, 0, claimNumber);
  const empty = async () => {
    await withDatabase(server, number, (redis) => redis.flushdb());
  };
  await empty();
  let dropped: Promise<void> | undefined;
  const drop = async () => {
    await empty();
    await withDatabase(server, 0, (redis) => redis.del(claimKey(number)));
  };
  return { url: urlOf(server, number), empty, drop: () => (dropped ??= drop()) };
}

async function claimNumber(redis: Redis): Promise<number> {
  const [, count] = (await redis.config('GET', 'databases')) as [string, string];
  for (let number = 1; number < Number(count); number += 1) {
    if (await redis.set(claimKey(number), randomUUID(), 'PX', CLAIM_MS, 'NX')) return number;
  }
  throw new Error('Every database of the test Redis is claimed; wait ten minutes, or flush its database 0.');
}

async function withDatabase<Result>(server: URL, number: number, work: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(urlOf(server, number));
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

function claimKey(number: number): string {
  return `tributary:test-database:${number}`;
}

function urlOf(server: URL, number: number): string {
  const url = new URL(server);
  url.pathname = `/${number}`;
  return url.href;
}
