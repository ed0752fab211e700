import { createTestDatabase, eventually, type TestDatabase } from '@app/testing';
import { Client } from 'pg';
import type { ApiClient } from './api-client';
import { PlatformUnderTest } from './platform-under-test';

const ROWS = 300;
const PARTS = 3;
/** Of the last part. */
const LAST_ROW = 250;
/** Locks of the source's database: the last row waits for the first, and cannot be read while the second is taken. */
const [GATE, FAULT] = [42, 43];
const PATIENCE_MS = 300_000;

describe('rows that go to their table as they are', () => {
  let platform: PlatformUnderTest;
  let farm: TestDatabase;
  let api: ApiClient;
  let gate: Client;

  beforeAll(async () => {
    farm = await createTestDatabase({ migrated: false });
    await farm.pool.query(`
      create table grain as select g as id, 'grain ' || g as name from generate_series(1, ${ROWS}) g;
      alter table grain add primary key (id);
      create function weigh() returns text language plpgsql stable as $$ begin
        perform pg_advisory_xact_lock_shared(${GATE});
        if not pg_try_advisory_xact_lock_shared(${FAULT}) then raise exception 'the scale is broken'; end if;
        return 'heavy';
      end $$`);
    platform = await PlatformUnderTest.create({ env: { SOURCE_DB_URL: farm.url } });
    api = await platform.startApi();
    gate = new Client({ connectionString: farm.url });
    await gate.connect();
  });
  afterAll(async () => {
    await platform.dispose();
    await gate.end();
    await farm.drop();
  });
  beforeEach(async () => {
    await platform.pool.query('drop table if exists grain');
    await platform.startWorker();
    await gate.query('select pg_advisory_lock($1)', [GATE]);
  });
  afterEach(async () => {
    await gate.query('select pg_advisory_unlock_all()');
    await platform.endWorkers('SIGKILL');
  });

  const start = async (table: string) => {
    const query = `select id, name, case when id = ${LAST_ROW} then weigh() end as weight from grain`;
    const source = { kind: 'database', config: { query, partition: { column: 'id', count: PARTS }, readers: 1 } };
    const document = { name: table, source, target: { table }, load: { strategy: 'append' } };
    expect((await api.send('PUT', `/definitions/${table}`, document)).status).toBeLessThan(300);
    return api.startRun({ pipeline: table });
  };
  const isBeingCopied = async (): Promise<boolean> =>
    (await platform.pool.query(`select from pg_stat_progress_copy where command = 'COPY FROM' and datname = current_database()`))
      .rowCount === 1;
  const isGone = async (): Promise<boolean> =>
    (await platform.pool.query(`select to_regclass('grain') is null as gone`)).rows[0]?.gone as boolean;

  it(
    'are copied while the last of them are still read, and seen when all are there',
    async () => {
      const { taskId, runId } = await start('grain');
      await eventually('rows are copied', isBeingCopied);
      expect((await api.run(runId)).stages.filter(({ status }) => status === 'succeeded')).toEqual([]);
      expect(await isGone()).toBe(true);
      await gate.query('select pg_advisory_unlock_all()');
      expect(await api.ended(taskId)).toMatchObject({ status: 'finished' });
      const { rows } = await platform.pool.query(
        'select count(*)::int as n, sum(id)::int as ids, count(distinct name)::int as names from grain',
      );
      expect(rows).toEqual([{ n: ROWS, ids: (ROWS * (ROWS + 1)) / 2, names: ROWS }]);
      const run = await api.run(runId);
      expect(run.tables).toMatchObject([{ table: 'grain', inserted: ROWS, deleted: 0 }]);
      expect(run.stages.map(({ name, status }) => `${name} ${status}`)).toEqual(
        ['extract', 'transform', 'validate', 'load', 'publish'].map((name) => `${name} succeeded`),
      );
    },
    PATIENCE_MS,
  );

  it(
    'leave nothing behind when the source fails after all',
    async () => {
      const { taskId } = await start('grain');
      await eventually('rows are copied', isBeingCopied);
      await gate.query('select pg_advisory_lock($1), pg_advisory_unlock($2)', [FAULT, GATE]);
      expect(await api.ended(taskId)).toMatchObject({ status: 'failed' });
      expect(await isGone()).toBe(true);
    },
    PATIENCE_MS,
  );

  it(
    'come once when the worker is killed while they are copied',
    async () => {
      const { taskId, runId } = await start('grain');
      await eventually('rows are copied', isBeingCopied);
      await platform.endWorkers('SIGKILL');
      await gate.query('select pg_advisory_unlock_all()');
      await platform.startWorker();
      expect(await api.ended(taskId)).toMatchObject({ status: 'finished' });
      const { rows } = await platform.pool.query('select count(*)::int as n, count(distinct id)::int as ids from grain');
      expect(rows).toEqual([{ n: ROWS, ids: ROWS }]);
      expect((await api.run(runId)).tables).toMatchObject([{ table: 'grain', inserted: ROWS }]);
    },
    PATIENCE_MS,
  );
});
