import Redis from 'ioredis';
import { createTestRedis, type TestRedis } from './test-redis';

describe('createTestRedis', () => {
  const open: TestRedis[] = [];
  const create = async () => {
    const created = await createTestRedis();
    open.push(created);
    return created;
  };
  const withClient = async <Result>({ url }: TestRedis, work: (redis: Redis) => Promise<Result>) => {
    const redis = new Redis(url);
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((redis) => redis.drop()));
  });

  it('gives callers at the same time databases of their own', async () => {
    const [first, second] = await Promise.all([create(), create()]);
    await withClient(first, (redis) => redis.set('key', 'first'));
    expect(await withClient(second, (redis) => redis.get('key'))).toBeNull();
  });

  it('hands out an empty database after one that was left full', async () => {
    const first = await create();
    await withClient(first, (redis) => redis.set('key', 'left'));
    await first.drop();
    await first.drop();
    const second = await create();
    expect(await withClient(second, (redis) => redis.dbsize())).toBe(0);
  });
});
