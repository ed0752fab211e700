import { defineConfig, flag, integer, port } from '@app/platform';
import { z } from 'zod';

const DEFAULT_PORT = 3000;
const MIB = 1024 ** 2;
/** Ten times what a dashboard polls. */
const DEFAULT_RATE_LIMIT = 6000;

export const httpConfig = defineConfig(
  'http',
  z.object({
    PORT: port().optional(),
    API_PORT: port().optional(),
    API_HOST: z.string().default('0.0.0.0'),
    CORS_ORIGINS: z.string().optional(),
    LOCAL_ENV: flag().default(false),
    REQUEST_BODY_LIMIT_BYTES: integer({ min: 1024 }).default(MIB),
    RATE_LIMIT_PER_MINUTE: integer({ min: 0 }).default(DEFAULT_RATE_LIMIT),
  }),
  (env) => ({
    /** `API_PORT` is the name that the pipeline platform had for it. */
    port: env.PORT ?? env.API_PORT ?? DEFAULT_PORT,
    host: env.API_HOST,
    /** Closed unless origins are named, or `LOCAL_ENV` opens it for development. */
    corsOrigins: env.LOCAL_ENV ? true : (env.CORS_ORIGINS?.split(',').map((origin) => origin.trim()) ?? false),
    bodyLimitBytes: env.REQUEST_BODY_LIMIT_BYTES,
    /** Of one client; 0 for no limit. */
    requestsPerMinute: env.RATE_LIMIT_PER_MINUTE,
  }),
);
