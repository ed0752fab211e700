import type { Watermark } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { QueryHarness, type Settings } from '../../test/query-harness';

/** Writers commit so many while runs read. */
const ENOUGH_ROWS = 40;

describe('Incremental extracts of PostgreSQL', () => {
  let database: TestDatabase;
  let harness: QueryHarness;
  let watermark: Watermark | null;

  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
    harness = new QueryHarness(database.url);
  });
  afterAll(async () => {
    await harness.close();
    await database.drop();
  });
  beforeEach(async () => {
    watermark = null;
    await database.pool.query(`DROP TABLE IF EXISTS visits;
      CREATE TABLE visits (id bigserial PRIMARY KEY, changed_at timestamptz(6) DEFAULT now())`);
  });

  /** One run: the ids it delivers. Its last part's watermark is where the next run goes on. */
  const run = async (column: string, settings: Settings = {}): Promise<number[]> => {
    const incremental = { column, ...settings };
    const parts = await harness.extract('SELECT id, changed_at FROM visits', { incremental }, { watermark });
    watermark = parts.at(-1)?.watermark ?? null;
    return parts.flatMap(({ rows }) => rows.map(([id]) => Number(id))).sort((a, b) => a - b);
  };

  /** Resolves when a run has asked which transactions are open, and so has settled where it ends. */
  const looked = async (): Promise<void> => {
    const asking =
      "SELECT FROM pg_stat_activity WHERE application_name = 'tributary-source' AND datname = current_database() AND query LIKE '%virtualxid%'";
    while ((await database.pool.query(asking)).rowCount === 0);
  };

  it.each(['id', 'changed_at'])('delivers every row once, by %s, while writers run', async (column) => {
    let stopped = false;
    const written: number[] = [];
    const writer = async (): Promise<void> => {
      const client = await database.pool.connect();
      while (!stopped) {
        // The transaction has its time and its number, and commits after others that came later.
        await client.query('BEGIN');
        const { rows } = await client.query<{ id: string }>('INSERT INTO visits DEFAULT VALUES RETURNING id');
        await client.query('SELECT pg_sleep(random() * 0.06)');
        await client.query('COMMIT');
        written.push(...rows.map(({ id }) => Number(id)));
      }
      client.release();
    };
    const writers = Promise.all([writer(), writer(), writer()]);
    const delivered: number[] = [];
    while (written.length < ENOUGH_ROWS) delivered.push(...(await run(column)));
    stopped = true;
    await writers;
    delivered.push(...(await run(column)));
    expect(delivered.sort((a, b) => a - b)).toEqual(written.sort((a, b) => a - b));
  });

  it('does not lose the row of a transaction that began before it but wrote after it looked', async () => {
    const early = await database.pool.connect();
    await early.query('BEGIN; SELECT now()');
    await database.pool.query('INSERT INTO visits DEFAULT VALUES');
    const first = run('changed_at');
    await looked();
    await early.query('INSERT INTO visits DEFAULT VALUES; COMMIT');
    early.release();
    expect([...(await first), ...(await run('changed_at'))]).toEqual([1, 2]);
  });

  it('fails, to be tried again, when a writer of its table stays open', async () => {
    const slow = await database.pool.connect();
    await slow.query('BEGIN; INSERT INTO visits DEFAULT VALUES');
    await database.pool.query('INSERT INTO visits DEFAULT VALUES');
    await expect(run('id', { settleSeconds: 1 })).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
    await slow.query('COMMIT');
    slow.release();
    expect(await run('id')).toEqual([1, 2]);
  });

  it('does not wait longer than it must for a transaction that only reads', async () => {
    const reader = await database.pool.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM visits');
    await database.pool.query('INSERT INTO visits DEFAULT VALUES');
    expect(await run('id', { settleSeconds: 1 })).toEqual([1]);
    await reader.query('COMMIT');
    reader.release();
  });

  it('delivers rows of equal time once, also when more of them come in the same second', async () => {
    await database.pool.query('ALTER TABLE visits ALTER changed_at TYPE timestamp(0), ALTER changed_at SET DEFAULT clock_timestamp()');
    await database.pool.query('INSERT INTO visits DEFAULT VALUES');
    const first = run('changed_at');
    await database.pool.query('INSERT INTO visits DEFAULT VALUES');
    expect([...(await first), ...(await run('changed_at'))]).toEqual([1, 2]);
  });

  it('delivers a changed row again, with its new value', async () => {
    await database.pool.query('INSERT INTO visits SELECT FROM generate_series(1, 3)');
    expect(await run('changed_at')).toEqual([1, 2, 3]);
    await database.pool.query('UPDATE visits SET changed_at = now() WHERE id = 2');
    expect(await run('changed_at')).toEqual([2]);
    expect(await run('changed_at')).toEqual([]);
  });

  it('begins at an initial value, inclusive, and reads a lag again', async () => {
    await database.pool.query('INSERT INTO visits SELECT FROM generate_series(1, 10)');
    expect(await run('id', { initial: 8 })).toEqual([8, 9, 10]);
    expect(await run('id', { lag: 2 })).toEqual([9, 10]);
    expect(watermark).toEqual({ column: 'id', value: '10' });
  });

  it('delivers rows without a value and keeps everything of an infinite one for a full run', async () => {
    await database.pool.query("INSERT INTO visits VALUES (1, NULL), (2, now()), (3, 'infinity')");
    expect(await run('changed_at')).toEqual([1, 2]);
    expect(await run('changed_at')).toEqual([]);
    expect((await harness.rows('SELECT id, changed_at FROM visits')).length).toBe(3);
  });

  it('begins with an empty table and keeps its place while nothing comes', async () => {
    expect(await run('id')).toEqual([]);
    await database.pool.query('INSERT INTO visits DEFAULT VALUES');
    expect(await run('id')).toEqual([1]);
    expect(await run('id')).toEqual([]);
    expect(watermark).toEqual({ column: 'id', value: '1' });
  });

  it('keeps the end of a run when an attempt goes on after new rows came', async () => {
    await database.pool.query('INSERT INTO visits SELECT FROM generate_series(1, 10)');
    const settings = { incremental: { column: 'id' }, partition: { column: 'id', count: 2 } };
    const [first] = await harness.extract('SELECT id FROM visits', settings);
    await database.pool.query('INSERT INTO visits DEFAULT VALUES');
    const rest = await harness.extract('SELECT id FROM visits', settings, { after: first?.token ?? null });
    expect(rest.flatMap(({ rows }) => rows.map(([id]) => Number(id)))).toEqual([6, 7, 8, 9, 10]);
    watermark = rest.at(-1)?.watermark ?? null;
    expect(await run('id')).toEqual([11]);
  });

  it('does not go on with a run when another one was published since it began', async () => {
    await database.pool.query('INSERT INTO visits SELECT FROM generate_series(1, 10)');
    const settings = { incremental: { column: 'id' }, partition: { column: 'id', count: 2 } };
    const [first] = await harness.extract('SELECT id FROM visits', settings);
    const after = first?.token ?? null;
    const meanwhile = { after, watermark: { column: 'id', value: '10' } };
    await expect(harness.extract('SELECT id FROM visits', settings, meanwhile)).rejects.toMatchObject({ code: 'run-not-resumable' });
    expect(await harness.extract('SELECT id FROM visits', settings, { after })).toHaveLength(1);
  });

  it('refuses a watermark of another column', async () => {
    watermark = { column: 'id', value: '1' };
    await expect(run('changed_at')).rejects.toThrow('Run once in full');
  });
});
