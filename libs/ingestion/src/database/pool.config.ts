import { defineConfig, integer } from '@app/platform';
import { z } from 'zod';

const DEFAULT_POOL_SIZE = 5;
const DEFAULT_POOL_OVERFLOW = 10;

/** Connections that all runs of a process together hold to one source database. */
export const sourcePoolConfig = defineConfig(
  'sourcePool',
  z.object({
    DB_POOL_SIZE: integer({ min: 1, max: 1_000 }).default(DEFAULT_POOL_SIZE),
    DB_MAX_OVERFLOW: integer({ min: 0, max: 1_000 }).default(DEFAULT_POOL_OVERFLOW),
  }),
  (env) => ({ size: env.DB_POOL_SIZE, overflow: env.DB_MAX_OVERFLOW }),
);

export interface SourcePoolSettings {
  /** Connections kept for the next statement. */
  readonly size: number;
  /** Connections beyond that under load. */
  readonly overflow: number;
}

export const DEFAULT_POOL: SourcePoolSettings = { size: DEFAULT_POOL_SIZE, overflow: DEFAULT_POOL_OVERFLOW };
/** A connection is replaced after this time. */
export const CONNECTION_LIFETIME_SECONDS = 3_600;
/** An unused connection is closed after this time. */
export const CONNECTION_IDLE_MS = 30_000;
/** How long to wait for the server, or for a connection that another run holds. */
export const CONNECT_TIMEOUT_MS = 30_000;
/** A table with fewer rows, by the server's own estimate, is read in one part. */
export const NATURAL_PARTITION_MIN_ROWS = 500_000;
