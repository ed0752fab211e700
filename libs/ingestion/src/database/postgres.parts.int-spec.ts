import { createTestDatabase, type TestDatabase } from '@app/testing';
import { QueryHarness, stage, type StagedQueryPart } from '../../test/query-harness';

const numbers = (parts: readonly StagedQueryPart[]): number[] => parts.flatMap(({ rows }) => rows.map(([n]) => Number(n)));
const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('Parts of a PostgreSQL query', () => {
  let database: TestDatabase;
  let harness: QueryHarness;

  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
    await database.pool.query(`CREATE TABLE pots (id bigint PRIMARY KEY, grown_at timestamptz, label text);
      INSERT INTO pots SELECT n, timestamptz '2024-02-28 23:59:59.5+00' + n * interval '1 hour', 'pot ' || n FROM generate_series(1, 100) n`);
    harness = new QueryHarness(database.url);
  });
  afterAll(async () => {
    await harness.close();
    await database.drop();
  });

  it.each([
    ['a count', { column: 'id', count: 7 }, 7],
    ['a size', { column: 'id', size: 30 }, 4],
    ['a count of timestamps', { column: 'grown_at', count: 3 }, 3],
    ['a size in seconds', { column: 'grown_at', size: 86_400 }, 5],
  ])('cuts by %s, in order, every row once', async (_, partition, count) => {
    const parts = await harness.extract('SELECT * FROM pots', { partition });
    expect(parts).toHaveLength(count);
    expect(parts.every(({ rows, count: said }) => rows.length === said)).toBe(true);
    expect(parts.map(({ rows }) => rows.length).every((length) => length > 0)).toBe(true);
    expect(numbers(parts).sort((a, b) => a - b)).toEqual(upTo(100));
    const least = parts.map((part) => Math.min(...numbers([part])));
    expect(least).toEqual([...least].sort((a, b) => a - b));
  });

  it('gives rows without a key a part of their own', async () => {
    const query = 'SELECT nullif(id, 50) AS key, id FROM pots';
    const parts = await harness.extract(query, { partition: { column: 'key', count: 2 } });
    expect(parts.map(({ rows }) => rows.length)).toEqual([49, 50, 1]);
    expect(parts[2]?.rows).toEqual([[null, '50']]);
  });

  it('reads on behind every resume token exactly, with the ranges of the first attempt', async () => {
    const settings = { partition: { column: 'id', count: 5 } };
    const all = await harness.extract('SELECT id FROM pots', settings);
    for (const [index, part] of all.entries()) {
      const rest = await harness.extract('SELECT id FROM pots', settings, { after: part.token });
      expect(rest).toEqual(all.slice(index + 1));
    }
    await database.pool.query("INSERT INTO pots VALUES (1000, now(), 'late')");
    const rest = await harness.extract('SELECT id FROM pots', settings, { after: all[3]?.token ?? null });
    expect(numbers(rest)).toEqual([...upTo(100).slice(80), 1000]);
    await database.pool.query('DELETE FROM pots WHERE id = 1000');
  });

  it('reads all ranges from one snapshot, whatever is written meanwhile', async () => {
    const parts = harness.source.extract(harness.request('SELECT id FROM pots', { partition: { column: 'id', count: 5 }, readers: 1 }));
    const staged: StagedQueryPart[] = [];
    for await (const part of parts) {
      staged.push(await stage(part));
      if (staged.length === 1) await database.pool.query("UPDATE pots SET id = id + 10000; INSERT INTO pots VALUES (101, now(), 'new')");
    }
    await database.pool.query('DELETE FROM pots WHERE id = 101; UPDATE pots SET id = id - 10000');
    expect(numbers(staged)).toEqual(upTo(100));
  });

  it('cuts a plain table with many rows by its integer key without being asked', async () => {
    await database.pool.query(`CREATE TABLE beds (id int PRIMARY KEY, label text);
      INSERT INTO beds SELECT n * 1000000, 'bed' FROM generate_series(1, 100) n; ANALYZE beds;
      UPDATE pg_class SET reltuples = 2000000 WHERE oid = 'beds'::regclass`);
    const parts = await harness.extract('SELECT label, id FROM public.beds;');
    expect(parts.length).toBeGreaterThan(50);
    expect(parts.length).toBeLessThanOrEqual(200);
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(100);
    expect(await harness.extract('SELECT label, id FROM beds ORDER BY id')).toHaveLength(1);
  });

  it('yields the keys of all rows at the end when deletes are looked for', async () => {
    const parts = await harness.extract('SELECT label, id FROM pots', { deletes: { key: ['id'] }, partition: { column: 'id', count: 2 } });
    expect(parts.map(({ stream, columns }) => [stream, columns])).toEqual([
      ['input_data', ['label', 'id']],
      ['input_data', ['label', 'id']],
      ['input_keys', ['id']],
    ]);
    expect(parts[2]).toMatchObject({ count: 100, types: ['integer'] });
  });

  it('reads rows and keys from one snapshot, and keys that are newer, never older, when it goes on', async () => {
    const settings = { deletes: { key: ['id'] }, partition: { column: 'id', count: 2 }, readers: 1 };
    await database.pool.query('CREATE TABLE stems AS SELECT n AS id FROM generate_series(1, 10) n');
    const staged: StagedQueryPart[] = [];
    for await (const part of harness.source.extract(harness.request('SELECT id FROM stems', settings))) {
      staged.push(await stage(part));
      if (staged.length === 1) await database.pool.query('DELETE FROM stems WHERE id IN (1, 10); INSERT INTO stems VALUES (0), (11)');
    }
    expect(staged.map((part) => numbers([part]).sort((a, b) => a - b))).toEqual([upTo(5), upTo(10).slice(5), upTo(10)]);
    const rest = await harness.extract('SELECT id FROM stems', settings, { after: staged[0]?.token ?? null });
    expect(rest.map((part) => numbers([part]).sort((a, b) => a - b))).toEqual([
      [6, 7, 8, 9, 11],
      [0, ...upTo(9).slice(1), 11],
    ]);
  });

  it('refuses to cut by what has no order it knows, or is not there', async () => {
    await expect(harness.extract('SELECT * FROM pots', { partition: { column: 'label' } })).rejects.toThrow('"label" is a string');
    await expect(harness.extract('SELECT * FROM pots', { partition: { column: 'x' } })).rejects.toThrow('returns id, grown_at, label');
  });

  it('refuses a resume token of another source', async () => {
    await expect(harness.extract('SELECT 1 AS one', {}, { after: '{"stage":"file"}' })).rejects.toMatchObject({
      code: 'run-not-resumable',
    });
  });

  it('leaves no session behind when a consumer gives up', async () => {
    const parts = harness.source.extract(harness.request('SELECT id FROM pots', { partition: { column: 'id', count: 5 } }));
    await parts.next();
    await parts.return(undefined);
    const left =
      "SELECT FROM pg_stat_activity WHERE application_name = 'tributary-source' AND datname = current_database() AND state <> 'idle'";
    while ((await database.pool.query(left)).rowCount !== 0); // the server takes note of an end in its own time
  });
});
