import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { defineConfig } from '../config/define-config';

/** Where staging, backups and exports lie. */
export const objectStoreConfig = defineConfig(
  'objectStore',
  z.object({
    OBJECT_STORE_URL: z
      .string()
      .regex(/^(file:\/\/\/|s3:\/\/[^/]+)/, 'expected file:///absolute/folder or s3://bucket/prefix')
      .optional(),
    S3_ENDPOINT: z.url('expected the address of an S3 server').optional(),
    AWS_REGION: z.string().default('us-east-1'),
    AWS_ACCESS_KEY_ID: z.string().optional(),
    AWS_SECRET_ACCESS_KEY: z.string().optional(),
  }),
  (env) => ({
    url: env.OBJECT_STORE_URL ?? pathToFileURL(resolve('.data/store')).href,
    endpoint: env.S3_ENDPOINT,
    region: env.AWS_REGION,
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
  }),
);
