import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, eventually, type TestDatabase } from '@app/testing';
import type { ApiClient } from './api-client';
import { obstruct } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';

/** Seven workers one after the other, each of which waits for the lease of the one before. */
const PATIENCE_MS = 420_000;
const ROWS = 2_000_000;
const PARTS = 10;
const DOCUMENT = {
  name: 'grain',
  source: {
    kind: 'database',
    config: { query: 'select id, name, weight from grain', batchSize: ROWS / PARTS, partition: { column: 'id', count: PARTS }, readers: 1 },
  },
  transform: { kind: 'sql', config: { sql_query: 'select id, upper(name) as name, weight * 2 as weight from input_data' } },
  target: { table: 'grain' },
  load: { strategy: 'upsert', keys: ['id'] },
};

describe('a pipeline of two million rows', () => {
  let platform: PlatformUnderTest;
  let farm: TestDatabase;
  let api: ApiClient;

  beforeAll(async () => {
    farm = await createTestDatabase({ migrated: false });
    await farm.pool.query(`
      create table grain as select g as id, 'grain ' || g as name, (g % 1000) / 8.0 as weight from generate_series(1, ${ROWS}) g;
      alter table grain add primary key (id)`);
    platform = await PlatformUnderTest.create({ env: { SOURCE_DB_URL: farm.url } });
    api = await platform.startApi();
    await platform.pool.query(
      `create table grain (id bigint primary key, name text, weight numeric); insert into grain values (7, 'OLD', 0)`,
    );
  });
  afterAll(async () => {
    await platform.dispose();
    await farm.drop();
  });

  /** When each finished part of the extract was recorded. */
  const parts = (runId: string): Readonly<Record<string, number>> => {
    const folder = join(platform.storeFolder, 'staging', runId, 'extract/parts');
    if (!existsSync(folder)) return {};
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).mtimeMs]));
  };

  it(
    'is killed in every stage and ends exact',
    async () => {
      expect((await api.send('PUT', '/definitions/grain', DOCUMENT)).status).toBeLessThan(300);
      const { runId, taskId } = await api.startRun({ pipeline: 'grain' });
      const lockRun = 'select 1 from tributary.run where id = $1 for no key update';
      const stages = async (): Promise<string[]> =>
        (await api.run(runId)).stages.filter(({ status }) => status === 'succeeded').map(({ name }) => name);
      const kill = async (release?: { remove(): Promise<void> }): Promise<void> => {
        await platform.endWorkers('SIGKILL');
        await release?.remove();
      };

      await platform.startWorker();
      await eventually('some parts are staged', () => Object.keys(parts(runId)).length >= 2);
      await kill();
      const first = parts(runId);
      expect(await stages()).toEqual([]);

      const transforming = await obstruct(platform.pool, lockRun, [runId]);
      await platform.startWorker();
      await transforming.reached();
      await kill(transforming);
      const all = parts(runId);
      expect(Object.keys(all).length).toBeGreaterThanOrEqual(PARTS);
      expect(all).toMatchObject(first); // nothing was read again
      expect(await stages()).toEqual(['extract']);

      const validating = await obstruct(
        platform.pool,
        `insert into tributary.run_stage (run_id, stage, ordinal, status) values ($1, 'validate', 2, 'running')`,
        [runId],
      );
      await platform.startWorker();
      await validating.reached();
      await kill(validating);
      expect(await stages()).toEqual(['extract', 'transform']);

      await platform.startWorker();
      await eventually(
        'rows are copied',
        async () => (await platform.pool.query('select from pg_stat_progress_copy where datname = current_database()')).rowCount !== 0,
      );
      await kill();
      expect(await stages()).toEqual(['extract', 'transform', 'validate']);

      const publishing = await obstruct(platform.pool, 'select 1 from grain where id = 7 for update');
      await platform.startWorker();
      await publishing.reached();
      await kill(publishing);
      expect((await platform.pool.query('select name from grain')).rows).toEqual([{ name: 'OLD' }]);

      const committing = await obstruct(platform.pool, 'select 1 from grain where id = 7 for update');
      await platform.startWorker();
      await committing.reached();
      const recording = await obstruct(platform.pool, lockRun, [runId]);
      await committing.remove();
      await recording.reached();
      await kill(recording);

      await platform.startWorker();
      expect(await api.ended(taskId)).toMatchObject({ status: 'finished' });
      expect(parts(runId)).toEqual(all);
      const sums = `count(*)::int as n, sum(id)::text as ids, count(distinct name)::int as names`;
      const { rows: expected } = await farm.pool.query(`select ${sums}, (sum(weight) * 2)::numeric(20, 3)::text as w from grain`);
      const { rows } = await platform.pool.query(`select ${sums}, sum(weight)::numeric(20, 3)::text as w from grain`);
      expect(rows).toEqual(expected);
      expect((await api.run(runId)).tables).toMatchObject([{ table: 'grain', inserted: ROWS - 1, updated: 1, deleted: 0 }]);
      expect((await platform.pool.query('select from tributary.publication where run_id = $1', [runId])).rowCount).toBe(1);
    },
    PATIENCE_MS,
  );
});
