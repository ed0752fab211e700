import { createTestDatabase, type TestDatabase } from '@app/testing';
import { CONTROL_MIGRATIONS, migrateControlDatabase } from './control-database';
import { parseDatabaseUrl } from './connection-settings';

describe('migrateControlDatabase (postgres)', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase({ migrated: false });
  });
  afterAll(() => test.drop());

  it('brings an empty database up to date once, however many processes start at the same time', async () => {
    const connection = parseDatabaseUrl(test.url);
    await Promise.all([migrateControlDatabase(connection), migrateControlDatabase(connection), migrateControlDatabase(connection)]);
    const { rows } = await test.pool.query<{ name: string }>('select name from tributary.migration order by id');
    expect(rows.map(({ name }) => name)).toEqual(CONTROL_MIGRATIONS.map((migration) => new migration().name));
  });

  it('changes nothing when it is current', async () => {
    const tables = () => test.pool.query(`select oid, relname from pg_class where relnamespace = 'tributary'::regnamespace order by oid`);
    const before = await tables();
    await migrateControlDatabase(parseDatabaseUrl(test.url));
    expect((await tables()).rows).toEqual(before.rows);
  });
});
