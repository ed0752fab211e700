import { z } from 'zod';

/** `created`: it lies there, unchecked. `verified`: listed, counted and checksummed as it was made. `proved`: restored once, on trial. */
export const BACKUP_STATES = ['created', 'verified', 'proved'] as const;
export type BackupState = (typeof BACKUP_STATES)[number];

/** `archive` is what `pg_dump --format=custom` writes, `plain` its SQL text. */
export const BACKUP_FORMATS = ['archive', 'plain'] as const;
export type BackupFormat = (typeof BACKUP_FORMATS)[number];

/** The origin of dumps that something else put there. */
export const EXTERNAL_ORIGIN = 'external';

const tableRows = z.object({ schema: z.string(), table: z.string(), rows: z.number().int().min(0) });

/** How many rows a table had in the backup's snapshot. */
export type TableRows = z.output<typeof tableRows>;

/**
 * What is known of a backup, kept beside it rather than in a database: it is needed most when the database is gone, and
 * moves with the backup.
 */
export const manifestSchema = z.object({
  state: z.enum(BACKUP_STATES),
  /** `request`, `schedule`, `before-restore`, `conversion`, `run:<id>`, or `external`. */
  origin: z.string(),
  format: z.enum(BACKUP_FORMATS),
  isEncrypted: z.boolean(),
  sizeBytes: z.number().int(),
  /** Hex, of the bytes as they are stored. */
  sha256: z.string(),
  tables: z.array(tableRows),
  /** The PostgreSQL release that was dumped; null where it is not known. */
  serverVersion: z.string().nullable(),
  createdAt: z.iso.datetime(),
  provedAt: z.iso.datetime().nullable(),
});
export type Manifest = z.output<typeof manifestSchema>;
