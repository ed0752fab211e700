import { delimiter, resolve } from 'node:path';
import { defineConfig, flag, integer } from '@app/platform';
import { z } from 'zod';
import type { RetentionPolicy } from './retention';

const keep = () => integer({ min: 0 }).default(0);

/** Where backups lie, how they are protected, and how long they stay. */
export const backupConfig = defineConfig(
  'backup',
  z.object({
    POSTGRES_DUMP_PATH: z.string().optional(),
    BACKUP_ENCRYPTION_KEY: z.string().optional(),
    BACKUP_BEFORE_PUBLISH: flag().optional(),
    BACKUP_KEEP_LAST: keep(),
    BACKUP_KEEP_DAILY: keep(),
    BACKUP_KEEP_WEEKLY: keep(),
    BACKUP_KEEP_MONTHLY: keep(),
    PATH: z.string().default(''),
  }),
  (env) => ({
    /** Absolute; null keeps backups in the object store. */
    folder: env.POSTGRES_DUMP_PATH === undefined ? null : resolve(env.POSTGRES_DUMP_PATH),
    /** A secret or a reference to one, resolved when it is needed. */
    encryptionKey: env.BACKUP_ENCRYPTION_KEY ?? null,
    /** As the old system did, wherever its folder of dumps is configured. */
    beforePublish: env.BACKUP_BEFORE_PUBLISH ?? env.POSTGRES_DUMP_PATH !== undefined,
    retention: {
      last: env.BACKUP_KEEP_LAST,
      daily: env.BACKUP_KEEP_DAILY,
      weekly: env.BACKUP_KEEP_WEEKLY,
      monthly: env.BACKUP_KEEP_MONTHLY,
    } satisfies RetentionPolicy,
    programFolders: env.PATH.split(delimiter).filter((folder) => folder !== ''),
  }),
);
