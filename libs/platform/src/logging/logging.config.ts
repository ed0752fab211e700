import { z } from 'zod';
import { defineConfig } from '../config/define-config';
import { LOG_FORMATS } from './log-line';

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
    LOG_FORMAT: z.enum(LOG_FORMATS, 'expected json, text or console').default('json'),
  }),
  (env) => ({ level: LEVELS.get(env.LOG_LEVEL.toUpperCase()) ?? 'info', format: env.LOG_FORMAT }),
);
