import { createTestDatabase, eventually, type TestDatabase } from '@app/testing';
import { PipelineClient } from './pipeline-client';
import { PlatformUnderTest } from './platform-under-test';

const CONFIG = {
  ingestion: { query: 'select 1 as n' },
  transformation: { type: 'none' },
  persistence: { table_name: 'shared', strategy: 'append' },
};

describe('a worker with WORKER_MAX_TASKS_PER_CHILD', () => {
  let platform: PlatformUnderTest;
  let garden: TestDatabase;
  beforeAll(async () => {
    garden = await createTestDatabase({ migrated: false });
    platform = await PlatformUnderTest.create({ env: { SOURCE_DB_URL: garden.url } });
  });
  afterAll(async () => {
    await platform.dispose();
    await garden.drop();
  });

  it('stops once it has done its share, and leaves the rest to the next', async () => {
    const pipelines = new PipelineClient(await platform.startApi());
    const submitted = [];
    for (let n = 0; n < 3; n += 1) submitted.push((await pipelines.send('/pipelines', { pipeline_config: CONFIG })).body.task_id);
    const worker = await platform.startWorker({ WORKER_MAX_TASKS_PER_CHILD: '1' });
    await eventually('the worker stops by itself', () => worker.output.includes('worker stopped'));
    const done = async (): Promise<number> =>
      (await platform.pool.query(`select 1 from tributary.task where status = 'finished'`)).rowCount ?? 0;
    expect(await done()).toBeLessThan(3);
    await platform.startWorker();
    for (const id of submitted) expect(await pipelines.ended(id)).toMatchObject({ status: 'completed' });
    expect(await done()).toBe(3);
  });
});
