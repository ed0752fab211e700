import { z } from 'zod';
import { defineConfig } from '../config/define-config';

/** A shorter key could be guessed. */
const MIN_KEY_LENGTH = 16;

export const authConfig = defineConfig(
  'auth',
  z.object({
    AUTH_MODE: z.enum(['api-key', 'disabled'], 'expected api-key or disabled').default('api-key'),
    BOOTSTRAP_ADMIN_KEY: z.string().min(MIN_KEY_LENGTH, `expected at least ${MIN_KEY_LENGTH} characters`).optional(),
  }),
  (env) => ({ mode: env.AUTH_MODE, bootstrapAdminKey: env.BOOTSTRAP_ADMIN_KEY }),
);
