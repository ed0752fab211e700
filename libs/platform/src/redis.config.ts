import { z } from 'zod';
import { defineConfig } from './config/define-config';
import { passwordFault } from './config/sample-passwords';
import { integer, port } from './config/variables';

const DEFAULT_REDIS_PORT = 6379;

/** Where a Redis answers, in the object form that its clients take. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Record<string, never>;
}

const redisUrl = () =>
  z.string().transform((text, context): RedisSettings => {
    try {
      const url = new URL(text);
      if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') throw new TypeError('not redis');
      return {
        host: url.hostname,
        port: Number(url.port || DEFAULT_REDIS_PORT),
        db: Number(url.pathname.slice(1) || 0),
        ...(url.username && { username: decodeURIComponent(url.username) }),
        ...(url.password && { password: decodeURIComponent(url.password) }),
        ...(url.protocol === 'rediss:' && { tls: {} }),
      };
    } catch {
      context.addIssue({ code: 'custom', message: 'expected redis://[:password@]host:port/db' });
      return z.NEVER;
    }
  });

/** Queues and locks. `REDIS_URL` wins over the variables of the old deployments: a URL, or separate parts. */
export const redisConfig = defineConfig(
  'redis',
  z
    .object({
      REDIS_URL: redisUrl().optional(),
      CELERY_BROKER_URL: redisUrl().optional(),
      REDIS_QUEUE_HOST: z.string().optional(),
      REDIS_QUEUE_PORT: port().optional(),
      REDIS_QUEUE_DB: integer({ min: 0 }).optional(),
      REDIS_HOST: z.string().default('127.0.0.1'),
      REDIS_PORT: port().default(DEFAULT_REDIS_PORT),
      REDIS_DB: integer({ min: 0 }).default(0),
      REDIS_LOCK_HOST: z.string().optional(),
      REDIS_LOCK_PORT: port().optional(),
      REDIS_LOCK_DB: integer({ min: 0 }).optional(),
      NODE_ENV: z.string().optional(),
    })
    .superRefine((env, context) => {
      for (const name of ['REDIS_URL', 'CELERY_BROKER_URL'] as const) {
        const fault = passwordFault(env[name]?.password, env.NODE_ENV);
        if (fault) context.addIssue({ code: 'custom', path: [name], message: fault });
      }
    }),
  (env) => {
    const url = env.REDIS_URL ?? env.CELERY_BROKER_URL;
    const queue: RedisSettings = url ?? {
      host: env.REDIS_QUEUE_HOST ?? env.REDIS_HOST,
      port: env.REDIS_QUEUE_PORT ?? env.REDIS_PORT,
      db: env.REDIS_QUEUE_DB ?? env.REDIS_DB,
    };
    const lock: RedisSettings = url ?? {
      host: env.REDIS_LOCK_HOST ?? queue.host,
      port: env.REDIS_LOCK_PORT ?? queue.port,
      db: env.REDIS_LOCK_DB ?? queue.db,
    };
    return { queue, lock };
  },
);
