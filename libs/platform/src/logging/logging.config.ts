import { z } from 'zod';
import { defineConfig } from '../config/define-config';

const LEVELS = new Map([
  ['DEBUG', 'debug'],
  ['INFO', 'info'],
  ['WARNING', 'warn'],
  ['WARN', 'warn'],
  ['ERROR', 'error'],
  ['CRITICAL', 'fatal'],
]);

/** An unknown level is `INFO`, as the platform's clients expect. */
export const loggingConfig = defineConfig(
  'logging',
  z.object({
    LOG_LEVEL: z.string().default('INFO'),
    LOG_FORMAT: z.enum(['json', 'text', 'console'], 'expected json, text or console').default('json'),
  }),
  (env) => ({ level: LEVELS.get(env.LOG_LEVEL.toUpperCase()) ?? 'info', format: env.LOG_FORMAT }),
);
