import { defineConfig, flag, integer, port } from '@app/platform';
import { z } from 'zod';

const DEFAULT_PORT = 3000;
const MIB = 1024 ** 2;

export const httpConfig = defineConfig(
  'http',
  z.object({
    PORT: port().default(DEFAULT_PORT),
    API_HOST: z.string().default('0.0.0.0'),
    CORS_ORIGINS: z.string().optional(),
    LOCAL_ENV: flag().default(false),
    REQUEST_BODY_LIMIT_BYTES: integer({ min: 1024 }).default(MIB),
  }),
  (env) => ({
    port: env.PORT,
    host: env.API_HOST,
    /** Closed unless origins are named, or `LOCAL_ENV` opens it for development. */
    corsOrigins: env.LOCAL_ENV ? true : (env.CORS_ORIGINS?.split(',').map((origin) => origin.trim()) ?? false),
    bodyLimitBytes: env.REQUEST_BODY_LIMIT_BYTES,
  }),
);
