import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, Pool } from 'pg';
import { testDatabaseServer } from './servers';
import { migratedTemplate, withDatabase } from './template';

const POOL_SIZE = 5;

export interface TestDatabaseOptions {
  /** False gives an empty database, without the control schema. Default true. */
  readonly migrated?: boolean;
}

/** A database of one test file's own. */
export interface TestDatabase {
  /** Its address, password included. */
  readonly url: string;
  /** At most five connections to it, ended by `drop`. */
  readonly pool: Pool;
  /** Ends the pool, cuts every other connection and removes the database. A second call does nothing. */
  drop(): Promise<void>;
}

/**
 * Creates a private database on the server of TEST_DATABASE_URL, by default a copy of a template with the migrated control
 * schema (milliseconds, not a migration). Call it once per test file, and `drop` at its end; files may run in parallel.
 */
export async function createTestDatabase({ migrated = true }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = testDatabaseServer();
  const name = `tributary_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, async (admin) => {
    const template = migrated ? await migratedTemplate(admin, server) : 'template1';
    await admin.query(`create database ${escapeIdentifier(name)} template ${escapeIdentifier(template)}`);
  });
  const url = withDatabase(server, name);
  const pool = new Pool({ connectionString: url, max: POOL_SIZE });
  // `drop` may cut a connection that the ended pool has not said good-bye to yet.
  pool.on('error', () => undefined);
  let dropped: Promise<void> | undefined;
  const drop = async () => {
    await pool.end();
    await asAdmin(server, (admin) => admin.query(`drop database ${escapeIdentifier(name)} with (force)`));
  };
  return { url, pool, drop: () => (dropped ??= drop()) };
}

async function asAdmin(server: string, work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: server });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
