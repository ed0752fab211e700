import { Client } from 'pg';
import { testDatabaseServer } from './servers';
import { createTestDatabase, type TestDatabase } from './test-database';

describe('createTestDatabase', () => {
  const open: TestDatabase[] = [];
  const create = async (options?: Parameters<typeof createTestDatabase>[0]) => {
    const created = await createTestDatabase(options);
    open.push(created);
    return created;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((database) => database.drop()));
  });

  it('gives callers at the same time databases of their own', async () => {
    const [first, second] = await Promise.all([create(), create(), create()]);
    await first.pool.query('create table visit (id int)');
    const found = await second.pool.query<{ found: string | null }>("select to_regclass('visit') as found");
    expect(found.rows).toEqual([{ found: null }]);
  });

  it('copies the control schema unless an empty database is asked for', async () => {
    const schemas = async ({ pool }: TestDatabase) => {
      const { rows } = await pool.query<{ count: number }>("select count(*)::int as count from pg_namespace where nspname = 'tributary'");
      return rows[0]?.count;
    };
    expect(await schemas(await create())).toBe(1);
    expect(await schemas(await create({ migrated: false }))).toBe(0);
  });

  it('removes the database although somebody is still connected, once', async () => {
    const database = await createTestDatabase({ migrated: false });
    const guest = new Client({ connectionString: database.url });
    guest.on('error', () => undefined);
    await guest.connect();
    await Promise.all([database.drop(), database.drop()]);
    const admin = new Client({ connectionString: testDatabaseServer() });
    await admin.connect();
    const left = await admin.query('select 1 from pg_database where datname = $1', [new URL(database.url).pathname.slice(1)]);
    await admin.end();
    expect(left.rowCount).toBe(0);
  });
});
