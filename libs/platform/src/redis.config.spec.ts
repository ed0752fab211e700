import { redisConfig } from './redis.config';

describe('redisConfig', () => {
  it('takes one URL for queues and locks, with an escaped password', () => {
    const { queue, lock } = redisConfig.read({ REDIS_URL: 'redis://:p%40ss@cache:6380/3' });
    expect(queue).toEqual({ host: 'cache', port: 6380, db: 3, password: 'p@ss' });
    expect(lock).toEqual(queue);
  });

  it('reads the old deployment’s variables; locks lie beside the queues unless they are placed', () => {
    const { queue, lock } = redisConfig.read({ REDIS_QUEUE_HOST: 'q', REDIS_QUEUE_PORT: '1', REDIS_QUEUE_DB: '0', REDIS_LOCK_DB: '1' });
    expect(queue).toEqual({ host: 'q', port: 1, db: 0 });
    expect(lock).toEqual({ host: 'q', port: 1, db: 1 });
  });

  it('takes the names of the pipeline platform', () => {
    expect(redisConfig.read({ CELERY_BROKER_URL: 'redis://broker/2' }).queue).toEqual({ host: 'broker', port: 6379, db: 2 });
    expect(redisConfig.read({ CELERY_BROKER_URL: 'redis://broker', REDIS_URL: 'redis://ours' }).queue).toMatchObject({ host: 'ours' });
    expect(redisConfig.read({ REDIS_HOST: 'h', REDIS_PORT: '1', REDIS_DB: '2' }).lock).toEqual({ host: 'h', port: 1, db: 2 });
  });

  it('refuses the password of the examples in production', () => {
    const env = { REDIS_URL: 'redis://:redis_password@cache' };
    expect(redisConfig.faults({ ...env, NODE_ENV: 'production' })).toEqual([
      'REDIS_URL: the password is that of the examples; set another one',
    ]);
    expect(redisConfig.faults(env)).toEqual([]);
  });

  it('refuses what is not a Redis address', () => {
    expect(redisConfig.faults({ REDIS_URL: 'http://cache' })).toEqual(['REDIS_URL: expected redis://[:password@]host:port/db']);
  });
});
