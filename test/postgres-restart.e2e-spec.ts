import type { ApiClient } from './api-client';
import { AFTER, BEFORE, DICTIONARY, REMOVED_IDS } from './harbor-study';
import { obstruct, type Obstacle } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';
import { canStartPostgres, PrivatePostgres } from './private-postgres';
import { RedcapDouble } from './redcap-double';
import { contentOf, countOf, publications, tableNames, type Content } from './warehouse-content';

const LATE_TABLE = '"ProtocolTimelines_estimated"';

(canStartPostgres() ? describe : describe.skip)('PostgreSQL that crashes and comes back', () => {
  let postgres: PrivatePostgres;
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let api: ApiClient;
  let before: Content;
  let after: Content;

  beforeAll(async () => {
    postgres = await PrivatePostgres.start();
    redcap = await RedcapDouble.start(AFTER, DICTIONARY);
    platform = await PlatformUnderTest.create({ databaseUrl: postgres.url, env: redcap.env });
    ({ api } = await platform.startBoth());
    after = await syncTo(AFTER);
    before = await syncTo(BEFORE);
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
    await postgres.dispose();
  });

  async function syncTo(records: typeof BEFORE): Promise<Content> {
    await redcap.become(records, DICTIONARY);
    expect((await api.sync()).status).toBe('finished');
    return contentOf(platform.pool);
  }

  /** Crashes the server when the run over AFTER stands before the obstacle; resolves when the run has ended. */
  async function crashAt(obstacle: Obstacle, meanwhile: () => Promise<void>): Promise<void> {
    await redcap.become(AFTER, DICTIONARY);
    const { runId, taskId } = await api.startRun();
    await obstacle.reached();
    await meanwhile();
    const requests = redcap.requests.length;
    await postgres.crash();
    await postgres.start();
    expect(await api.ended(taskId)).toMatchObject({ status: 'finished', result: 'None' });
    expect(await api.run(runId)).toMatchObject({ status: 'succeeded', error: null });
    expect((await publications(platform.pool))[runId]).toBe(1);
    expect(redcap.requests.slice(requests)).toEqual([]);
    expect(await tableNames(platform.pool, 'tributary_staging')).toEqual([]);
  }

  it('in load leaves a run that loads again and publishes exactly what the records say', async () => {
    const obstacle = await obstruct(platform.pool, `lock table ${LATE_TABLE} in access exclusive mode`);
    await crashAt(obstacle, async () => undefined);
    expect(await contentOf(platform.pool)).toEqual(after);
  });

  it('in publish loses nothing, although the crash empties the staging tables', async () => {
    expect(await syncTo(BEFORE)).toEqual(before);
    const obstacle = await obstruct(platform.pool, `select 1 from ${LATE_TABLE} where "ProposalID" = any($1) for update`, [REMOVED_IDS]);
    await crashAt(obstacle, async () => {
      expect(await contentOf(platform.pool)).toEqual(before);
      const staging = await tableNames(platform.pool, 'tributary_staging');
      const rows = await Promise.all(staging.map((name) => countOf(platform.pool, name, 'tributary_staging')));
      expect(rows.filter((count) => count > 0).length).toBeGreaterThan(5);
    });
    expect(await contentOf(platform.pool)).toEqual(after);
  });
});
