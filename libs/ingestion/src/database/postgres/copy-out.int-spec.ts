import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { PoolClient } from 'pg';
import { CopyOut } from './copy-out';

describe('CopyOut', () => {
  let database: TestDatabase;
  let client: PoolClient;
  const { signal } = new AbortController();

  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
    await database.pool.query(
      `CREATE FUNCTION noted(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', n; RETURN n; END $$`,
    );
    client = await database.pool.connect();
  });
  afterAll(async () => {
    client.release();
    await database.drop();
  });

  const begin = (query: string, stop = signal): CopyOut => client.query(new CopyOut(`COPY (${query}) TO STDOUT (FORMAT csv)`, stop));
  const textOf = async ({ content }: CopyOut): Promise<string> => Buffer.concat((await content.toArray()) as Buffer[]).toString();

  it.each([0, 1, 1_000, 70_000])('hands over %d rows byte for byte and counts them', async (rows) => {
    const copy = begin(`SELECT n, repeat('x', n % 50) FROM generate_series(1, ${rows}) n`);
    const expected = Array.from({ length: rows }, (_, index) => `${index + 1},${'x'.repeat((index + 1) % 50) || '""'}\n`);
    expect(await textOf(copy)).toBe(expected.join(''));
    await copy.done;
    expect(copy.rows).toBe(rows);
  });

  it('hands over rows that are larger than a chunk', async () => {
    const sizes = [262_143, 262_144, 262_145, 1_000_000];
    const copy = begin(`SELECT repeat('y', n) FROM unnest(ARRAY[${sizes.join(', ')}]) n`);
    expect((await textOf(copy)).split('\n').map(({ length }) => length)).toEqual([...sizes, 0]);
  });

  it('leaves what is no row to the driver', async () => {
    const notices: string[] = [];
    client.on('notice', ({ message }) => notices.push(message ?? ''));
    expect(await textOf(begin('SELECT noted(n) FROM generate_series(1, 3) n'))).toBe('1\n2\n3\n');
    expect(notices).toEqual(['row 1', 'row 2', 'row 3']);
  });

  it('fails in the content and as a whole when the server fails half-way, and leaves the connection to others', async () => {
    const copy = begin('SELECT 1 / (90000 - n) FROM generate_series(1, 100000) n');
    await expect(textOf(copy)).rejects.toMatchObject({ code: '22012' });
    await expect(copy.done).rejects.toMatchObject({ code: '22012' });
    expect((await client.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('is done before anybody takes what fits into memory', async () => {
    const copy = begin('SELECT n FROM generate_series(1, 1000) n');
    await copy.done;
    expect(await textOf(copy)).toHaveLength(3893);
  });

  it('stops the server while nobody takes more than fits into memory', async () => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const copy = begin("SELECT repeat('z', 1000) FROM generate_series(1, 40000) n");
    const waits = 'SELECT wait_event AS event FROM pg_stat_activity WHERE pid = $1';
    while ((await database.pool.query<{ event: string }>(waits, [rows[0]?.pid])).rows[0]?.event !== 'ClientWrite');
    expect(await textOf(copy)).toHaveLength(40_040_000);
    await copy.done;
  });

  it('gives up when it is aborted', async () => {
    const controller = new AbortController();
    const copy = begin('SELECT n FROM generate_series(1, 100000000) n', controller.signal);
    controller.abort();
    await expect(copy.done).rejects.toThrow('aborted');
    client.release(true);
    client = await database.pool.connect();
  });
});
