import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { ApiClient, RunView } from './api-client';
import { PlatformUnderTest } from './platform-under-test';

/** Values that a conversion on the way would change, twice, and a row of nulls. */
const KEEPSAKES = `create table keepsakes (id bigint primary key, exact numeric, single real, wide double precision, flag boolean, day date,
    at timestamp, instant timestamptz, doc jsonb, list int[], code uuid, raw bytea, note text);
  insert into keepsakes values
    (9223372036854775807, 12345678901234567890.123456789012345678901234567890, 0.1, 0.1::float8 + 0.2, true, 'infinity',
     '2025-04-02 08:00:00.123456', '2025-04-02 08:00:00.654321+02', '{"b": 1.10, "a": [null, "ü"]}', '{1,null,3}',
     '0e37df36-f698-11e6-8dd4-cb9ced3df976', '\\x00ff0a', E'two\\nlines, "quoted"\\t\\\\.'),
    (-9223372036854775808, 'NaN', 'NaN', '-Infinity', false, '0044-03-15 BC', 'infinity', '-infinity', '[]', '{}',
     '00000000-0000-0000-0000-000000000000', '', ''),
    (0, null, null, null, null, null, null, null, null, null, null, null, null)`;
describe('a database as a source', () => {
  let platform: PlatformUnderTest;
  let source: TestDatabase;
  let api: ApiClient;

  beforeAll(async () => {
    source = await createTestDatabase({ migrated: false });
    await source.pool.query(KEEPSAKES);
    platform = await PlatformUnderTest.create({ env: { CONNECTION_GARDEN: source.url, TZ: 'America/St_Johns' } });
    ({ api } = await platform.startBoth());
  });
  afterAll(async () => {
    await platform.dispose();
    await source.drop();
  });

  const define = async (name: string, config: object, load: object, rest: object = {}): Promise<void> => {
    const document = { source: { kind: 'database', config: { connection: 'garden', ...config } }, target: { table: name }, load, ...rest };
    expect(await api.send('PUT', `/definitions/${name}`, document)).toMatchObject({ status: 200 });
  };
  const run = async (pipeline: string): Promise<RunView> => {
    const ended = await api.runToItsEnd({ pipeline });
    expect(ended).toMatchObject({ status: 'succeeded', error: null });
    return ended;
  };
  const texts = async (database: Pick<TestDatabase, 'pool'>, sql: string): Promise<unknown[]> =>
    (await database.pool.query<{ row: unknown }>(`select to_jsonb(t)::text as row from (${sql}) t order by id`)).rows;

  it.each([
    ['kept', 'as they come', 'exact, day', {}],
    // The engine computes with 38 digits, says so of numbers that have more, and knows no years before 1.
    [
      'asked',
      'through a query',
      "round(nullif(exact, 'NaN'), 18) as exact, nullif(day, '0044-03-15 BC') as day",
      { transform: { kind: 'sql', config: { sql_query: 'select * from input_data' } } },
    ],
  ])('into table %s: values stay exactly what they are, %s, under any time zone', async (table, _, columns, rest) => {
    const select = (single: string, list: string): string =>
      `select id, ${columns}, ${single} as single, wide, flag, at, instant, doc, ${list} as list, code, raw, note from keepsakes`;
    await define(table, { query: select('single', 'list') }, { strategy: 'append' }, rest);
    await run(table);
    expect(await texts(platform, `select * from ${table}`)).toEqual(await texts(source, select('single::text::float8', 'to_jsonb(list)')));
  });

  it('goes on from what was published, not from what was only read', async () => {
    await source.pool.query(
      'create table visits (id bigserial primary key, seen_at timestamptz default now()); insert into visits default values',
    );
    await define('visits', { query: 'select * from visits', incremental: { column: 'id' } }, { strategy: 'append' });
    expect((await run('visits')).tables).toMatchObject([{ inserted: 1 }]);
    await platform.pool.query('alter table visits add constraint few check (id < 2)');
    await source.pool.query('insert into visits default values');
    expect(await api.runToItsEnd({ pipeline: 'visits' })).toMatchObject({ status: 'failed' });
    await platform.pool.query('alter table visits drop constraint few');
    expect((await run('visits')).tables).toMatchObject([{ inserted: 1 }]);
    expect((await run('visits')).tables).toMatchObject([{ inserted: 0 }]);
    expect(await texts(platform, 'select id from visits')).toEqual(await texts(source, 'select id from visits'));
  });

  it('delivers every row once, run after run, while writers commit out of order', async () => {
    await source.pool.query('create table notes (id bigserial primary key, made_at timestamptz default clock_timestamp())');
    await define('notes', { query: 'select * from notes', incremental: { column: 'made_at' } }, { strategy: 'append' });
    let isOver = false;
    const writer = async (): Promise<void> => {
      const client = await source.pool.connect();
      while (!isOver) await client.query('begin; insert into notes default values; select pg_sleep(random() * 0.08); commit');
      client.release();
    };
    const writers = Promise.all([writer(), writer(), writer()]);
    for (let round = 0; round < 3; round += 1) await run('notes');
    isOver = true;
    await writers;
    await run('notes');
    const written = await texts(source, 'select id from notes');
    expect(written.length).toBeGreaterThan(20);
    expect(await texts(platform, 'select id from notes')).toEqual(written);
  });
});
