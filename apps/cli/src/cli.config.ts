import { defineConfig, port, Secret } from '@app/platform';
import { z } from 'zod';

const DEFAULT_PORT = 3000;

/** An address without a password in it (keys have their own setting), and without the slashes at its end. */
export const apiUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'expected an http or https address', abort: true })
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'expected no user name or password in the address')
    .transform((url) => url.replace(/\/+$/, ''));

export const cliConfig = defineConfig(
  'cli',
  z.object({
    PORT: port().default(DEFAULT_PORT),
    TRIBUTARY_API_URL: apiUrl().optional(),
    TRIBUTARY_API_KEY: z.string().optional(),
  }),
  (env) => ({
    apiUrl: env.TRIBUTARY_API_URL ?? `http://127.0.0.1:${env.PORT}`,
    apiKey: env.TRIBUTARY_API_KEY === undefined ? null : new Secret(env.TRIBUTARY_API_KEY),
  }),
);
