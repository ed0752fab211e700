import { delimiter, resolve } from 'node:path';
import { defineConfig, flag, integer } from '@app/platform';
import { CronTime } from 'cron';
import { z } from 'zod';
import type { RetentionPolicy } from './retention';

const CRON_FIELDS = 5;

/** Minutes are the smallest step: two firings must never be taken for one. */
function isCron(text: string): boolean {
  try {
    return text.trim().split(/\s+/).length === CRON_FIELDS && new CronTime(text).getNextDateFrom(new Date()).isValid;
  } catch {
    return false;
  }
}

const keep = () => integer({ min: 0 }).default(0);

/** Where backups lie, how they are protected, and how long they stay. */
export const backupConfig = defineConfig(
  'backup',
  z.object({
    POSTGRES_DUMP_PATH: z.string().optional(),
    BACKUP_ENCRYPTION_KEY: z.string().optional(),
    BACKUP_BEFORE_PUBLISH: flag().optional(),
    BACKUP_SCHEDULE: z.string().refine(isCron, 'expected five cron fields such as 30 2 * * *').optional(),
    SCHEDULES_ENABLED: flag().default(true),
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
    /** Cron in local time (`TZ`); null for none, also where this process fires no schedules. */
    schedule: env.SCHEDULES_ENABLED ? (env.BACKUP_SCHEDULE ?? null) : null,
    retention: {
      last: env.BACKUP_KEEP_LAST,
      daily: env.BACKUP_KEEP_DAILY,
      weekly: env.BACKUP_KEEP_WEEKLY,
      monthly: env.BACKUP_KEEP_MONTHLY,
    } satisfies RetentionPolicy,
    programFolders: env.PATH.split(delimiter).filter((folder) => folder !== ''),
  }),
);
