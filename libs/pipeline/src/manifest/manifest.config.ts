import { defineConfig } from '@app/platform';
import { z } from 'zod';

export const manifestConfig = defineConfig(
  'manifest',
  z.object({
    /** Secret reference to an Ed25519 private key; without it manifests are not signed. */
    MANIFEST_SIGNING_KEY: z.string().min(1).optional(),
  }),
  (env) => ({ signingKey: env.MANIFEST_SIGNING_KEY }),
);
