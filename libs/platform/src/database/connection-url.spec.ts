import { inspect } from 'node:util';
import {
  describe as describeConnection,
  fromParts,
  parseDatabaseUrl,
  toLibpqEnvironment,
  toPoolConfig,
  toTypeOrmOptions,
  toUrl,
} from './connection-settings';

const HARD_PASSWORD = 'p@ss:w/o?r#d%20\\ [x] &=+é%';

describe('parseDatabaseUrl', () => {
  it('reads every part of a plain URL', () => {
    const connection = parseDatabaseUrl('postgresql://ada:secret@db.example:6543/warehouse?sslmode=require&application_name=etl');
    expect(connection).toMatchObject({
      dialect: 'postgres',
      host: 'db.example',
      port: 6543,
      database: 'warehouse',
      user: 'ada',
      sslMode: 'require',
      options: { application_name: 'etl' },
    });
    expect(connection.password?.reveal()).toBe('secret');
  });

  it.each([
    HARD_PASSWORD,
    'a@b',
    'a:b',
    'a/b',
    'a?b',
    'a#b',
    '50%',
    '100%zz',
    'back\\slash',
    'two words',
    '@',
    '@@/x@y',
    'x@h/y',
    '12/3?4@5',
  ])('takes the password %j raw and percent-encoded', (password) => {
    for (const text of [password, encodeURIComponent(password)]) {
      const connection = parseDatabaseUrl(`postgresql://ada:${text}@db.example:6543/warehouse?sslmode=disable`);
      expect(connection.password?.reveal()).toBe(password);
      expect(connection).toMatchObject({ host: 'db.example', port: 6543, database: 'warehouse', user: 'ada' });
    }
  });

  it('ends the credentials at the last @ also without a database', () => {
    const connection = parseDatabaseUrl('postgres://u:p@x/y@host');
    expect(connection).toMatchObject({ host: 'host', database: '', user: 'u', port: 5432 });
    expect(connection.password?.reveal()).toBe('p@x/y');
  });

  it('lets an option hold an @', () => {
    expect(parseDatabaseUrl('postgres://u:p@host/db?application_name=a@b')).toMatchObject({
      host: 'host',
      database: 'db',
      options: { application_name: 'a@b' },
    });
    expect(parseDatabaseUrl('postgres://host/db?application_name=a@b')).toMatchObject({
      host: 'host',
      database: 'db',
      user: '',
      password: null,
    });
  });

  it('reads a Unix socket, an IPv6 address and a URL without credentials', () => {
    expect(parseDatabaseUrl('postgresql://u@/db?host=/var/run/postgresql')).toMatchObject({
      host: '/var/run/postgresql',
      database: 'db',
      options: {},
    });
    expect(parseDatabaseUrl('postgresql://u:p@[::1]:5433/db')).toMatchObject({ host: '::1', port: 5433 });
    expect(parseDatabaseUrl('postgresql:///db')).toMatchObject({ host: 'localhost', port: 5432, database: 'db', user: '', password: null });
  });

  it.each([
    ['postgres', 'postgres', 5432],
    ['postgresql+psycopg2', 'postgres', 5432],
    ['mysql', 'mysql', 3306],
    ['mysql+pymysql', 'mysql', 3306],
    ['mariadb', 'mariadb', 3306],
    ['mssql', 'mssql', 1433],
    ['oracle', 'oracle', 1521],
  ])('knows the scheme %s', (scheme, dialect, port) => {
    expect(parseDatabaseUrl(`${scheme}://u:p@host/db`)).toMatchObject({ dialect, port });
  });

  it('reads SQLite files, relative, absolute and in memory', () => {
    expect(parseDatabaseUrl('sqlite:///data/a.db').database).toBe('data/a.db');
    expect(parseDatabaseUrl('sqlite:////srv/a.db').database).toBe('/srv/a.db');
    expect(parseDatabaseUrl('sqlite:///:memory:').database).toBe(':memory:');
  });

  it.each([
    '',
    'warehouse',
    'redis://u:hunter22@host/0',
    'postgresql://u:hunter22@host:port/db',
    'postgresql://u:hunter22@host:99999/db',
    'postgresql://u:hunter22@host/db?sslmode=maybe',
  ])('refuses %j without quoting the password', (text) => {
    expect(() => parseDatabaseUrl(text)).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.not.stringContaining('hunter22') as string }),
    );
  });
});

describe('DatabaseConnection', () => {
  const connection = fromParts({ host: 'db.example', port: 6543, database: 'ware house', user: 'a@b', password: HARD_PASSWORD });

  it('never shows its password', () => {
    const shown = [
      JSON.stringify(connection),
      inspect(connection, { depth: 9 }),
      connection.toString(),
      describeConnection(connection),
      inspect(toPoolConfig(connection)),
      JSON.stringify(toTypeOrmOptions(connection)),
    ];
    for (const text of shown) expect(text).not.toContain('p@ss');
    expect(describeConnection(connection)).toBe('database "ware house" on db.example');
  });

  it('writes a URL that reads back as itself', () => {
    for (const original of [
      connection,
      parseDatabaseUrl('postgresql://u@[::1]:5/db?sslmode=require'),
      parseDatabaseUrl('postgresql://u:p@/db?host=/run/pg'),
    ]) {
      const copy = parseDatabaseUrl(toUrl(original));
      expect(copy).toEqual(original);
      expect(copy.password?.reveal()).toBe(original.password?.reveal());
    }
  });

  it('gives clients the password as it is', () => {
    expect(toLibpqEnvironment(connection)).toEqual({
      PGHOST: 'db.example',
      PGPORT: '6543',
      PGDATABASE: 'ware house',
      PGUSER: 'a@b',
      PGPASSWORD: HARD_PASSWORD,
    });
    const { password } = toPoolConfig(connection);
    expect(typeof password === 'function' && password()).toBe(HARD_PASSWORD);
  });

  it.each([
    ['disable', false],
    ['prefer', false],
    ['require', { rejectUnauthorized: false }],
    ['verify-ca', { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) as unknown }],
    ['verify-full', { rejectUnauthorized: true }],
  ])('turns sslmode %s into TLS settings', (mode, expected) => {
    const { ssl } = toPoolConfig(parseDatabaseUrl(`postgresql://u:p@host/db?sslmode=${mode}`));
    if (expected === false) expect(ssl).toBe(false);
    else expect(ssl).toMatchObject(expected);
    if (mode === 'verify-full') expect(ssl).not.toHaveProperty('checkServerIdentity');
  });

  it('refuses to be a PostgreSQL client of another database', () => {
    expect(() => toPoolConfig(parseDatabaseUrl('mysql://u:p@host/db'))).toThrow(/PostgreSQL is needed/);
  });
});
