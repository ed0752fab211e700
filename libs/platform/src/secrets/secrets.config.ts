import { z } from 'zod';
import { defineConfig } from '../config/define-config';
import { parseSealingKey } from './sealed';
import { Secret } from './secret';
import type { VaultSettings } from './vault-client';

export interface SecretSettings {
  readonly vault: VaultSettings | null;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Seals what callers send; null derives it from the control database's credentials. */
  readonly sealingKey: Buffer | null;
}

/** Where `env:NAME` and `vault:path#key` settings are looked up; Vault by a token, or the two ids of an AppRole. */
export const secretsConfig = defineConfig(
  'secrets',
  z
    .looseObject({
      VAULT_ADDR: z.url('expected the address of a Vault server').optional(),
      VAULT_TOKEN: z.string().optional(),
      VAULT_ROLE_ID: z.string().optional(),
      VAULT_SECRET_ID: z.string().optional(),
      VAULT_PATH: z.string().optional(),
      SECRETS_KEY: z
        .string()
        .transform(parseSealingKey)
        .refine((key) => key !== null, 'expected 32 bytes in hexadecimal or Base64')
        .optional(),
    })
    .superRefine((env, context) => {
      if (!env.VAULT_ADDR || env.VAULT_TOKEN || (env.VAULT_ROLE_ID && env.VAULT_SECRET_ID)) return;
      context.addIssue({
        code: 'custom',
        path: ['VAULT_TOKEN'],
        message: 'required with VAULT_ADDR (or VAULT_ROLE_ID and VAULT_SECRET_ID)',
      });
    }),
  ({ SECRETS_KEY: sealingKey = null, ...env }): SecretSettings => {
    const variables = env as Readonly<Record<string, string | undefined>>;
    if (!env.VAULT_ADDR) return { vault: null, variables, sealingKey };
    const login = env.VAULT_TOKEN
      ? { token: new Secret(env.VAULT_TOKEN) }
      : { roleId: env.VAULT_ROLE_ID ?? '', secretId: new Secret(env.VAULT_SECRET_ID ?? '') };
    return { vault: { address: env.VAULT_ADDR, login, folder: env.VAULT_PATH }, variables, sealingKey };
  },
);
