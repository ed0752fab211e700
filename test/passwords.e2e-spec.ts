import { readdirSync, readFileSync } from 'node:fs';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { BEFORE, DICTIONARY } from './harbor-study';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';

// Its % begins no escape: `%25` written as it is in a URL could mean either.
const PASSWORD = 'p@ss:wo/rd?#100% \\end';

// A server that trusts everybody lets a wrong password in as well; `npm test` starts one that asks for it.
describe('a database password with @ : / ? # % \\ and a space', () => {
  let redcap: RedcapDouble;
  let database: TestDatabase;
  let role: string;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE.slice(0, 50), DICTIONARY);
    database = await createTestDatabase({ migrated: false });
    const { pathname } = new URL(database.url);
    role = `${pathname.slice(1)}_role`;
    await database.pool.query(`create role ${escapeIdentifier(role)} login password ${escapeLiteral(PASSWORD)}`);
    await database.pool.query(`alter database ${escapeIdentifier(pathname.slice(1))} owner to ${escapeIdentifier(role)}`);
    await database.pool.query(`alter schema public owner to ${escapeIdentifier(role)}`);
  });

  afterAll(async () => {
    await database.pool.query(`reassign owned by ${escapeIdentifier(role)} to current_user`);
    await database.pool.query(`drop role ${escapeIdentifier(role)}`);
    await database.drop();
    await redcap.close();
  });

  const settings: readonly [string, () => Record<string, string>][] = [
    ['escaped in DATABASE_URL', () => ({ DATABASE_URL: `postgresql://${role}:${encodeURIComponent(PASSWORD)}@${address()}` })],
    ['as it is in DATABASE_URL', () => ({ DATABASE_URL: `postgresql://${role}:${PASSWORD}@${address()}` })],
    [
      'in POSTGRES_PASSWORD',
      () => {
        const { hostname, port, pathname } = new URL(database.url);
        const place = { POSTGRES_HOST: hostname, POSTGRES_PORT: port, POSTGRES_DATABASE_NAME: pathname.slice(1) };
        return { DATABASE_URL: '', ...place, POSTGRES_USER: role, POSTGRES_PASSWORD: PASSWORD };
      },
    ],
  ];

  const address = (): string => {
    const { host, pathname } = new URL(database.url);
    return `${host}${pathname}`;
  };

  it.each(settings)('works %s, and is on no command line and in no log (L14)', async (_where, env) => {
    const platform = await PlatformUnderTest.create({ databaseUrl: database.url, env: { ...redcap.env, ...env() } });
    try {
      const { api } = await platform.startBoth();
      expect(await api.sync()).toMatchObject({ status: 'finished' });
      const { rows } = await database.pool.query(
        `select distinct usename from pg_stat_activity
          where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      expect(rows).toEqual([{ usename: role }]);
      for (const text of [PASSWORD, encodeURIComponent(PASSWORD)]) {
        expect(platform.output).not.toContain(text);
        expect(commandLines().filter((line) => line.includes(text))).toEqual([]);
      }
    } finally {
      await platform.dispose();
    }
  });
});

/** Of every process of this machine that may be looked at. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return []; // it ended meanwhile
      }
    });
}
