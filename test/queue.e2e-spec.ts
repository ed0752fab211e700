import type { ApiClient, TaskView } from './api-client';
import { BEFORE, DICTIONARY } from './harbor-study';
import { PlatformUnderTest } from './platform-under-test';
import { isRecordList, RedcapDouble } from './redcap-double';
import { publications } from './warehouse-content';

interface TaskRow {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly recoveries: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
}

describe('syncs queued before two workers', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let api: ApiClient;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
    platform = await PlatformUnderTest.create({ env: redcap.env });
    [{ api }] = await Promise.all([platform.startBoth(), platform.startWorker()]);
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  async function queueSyncs(count: number): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) ids.push(await api.startSync());
    return ids;
  }

  /** Queues syncs, does something while the first one runs and the others wait, and waits for their ends. */
  async function syncs(count: number, meanwhile: (ids: readonly string[]) => Promise<void>): Promise<readonly string[]> {
    const gate = redcap.hold(isRecordList);
    const ids = await queueSyncs(count);
    await gate.reached();
    await meanwhile(ids);
    gate.open();
    for (const id of ids) await api.ended(id);
    return ids;
  }

  async function rowsOf(ids: readonly string[]): Promise<TaskRow[]> {
    const { rows } = await platform.pool.query<TaskRow>(
      `select id, status, attempt, recoveries, started_at as "startedAt", ended_at as "endedAt" from tributary.task where id = any($1) order by seq`,
      [ids],
    );
    return rows;
  }

  async function timesPublished(ids: readonly string[]): Promise<number[]> {
    const { rows } = await platform.pool.query<{ run: string }>(
      'select id as run from tributary.run where task_id = any($1) order by seq',
      [ids],
    );
    const published = await publications(platform.pool);
    return rows.map(({ run }) => published[run] ?? 0);
  }

  /** Without the instants. */
  const onceEach = (ids: readonly string[]): object[] => ids.map((id) => ({ id, status: 'finished', attempt: 1, recoveries: 0 }));

  it('run once each, one at a time, in the order in which they were asked for', async () => {
    const ids = await syncs(5, async ([first, ...others]) => {
      expect(await api.get('/task')).toMatchObject({ queued: others, started: { job_ids: [first] } });
    });
    const rows = await rowsOf(ids);
    expect(rows).toMatchObject(onceEach(ids));
    const instants = rows.flatMap(({ startedAt, endedAt }) => [startedAt.getTime(), endedAt.getTime()]);
    expect([...instants].sort((a, b) => a - b)).toEqual(instants);
    expect(redcap.requests.filter(isRecordList)).toHaveLength(5);
    expect(await timesPublished(ids)).toEqual([1, 1, 1, 1, 1]);
    expect((await api.get<{ finished: { job_ids: string[] } }>('/task')).finished.job_ids).toEqual(ids);
  });

  it('never run once they were deleted, and leave the lists (A5)', async () => {
    const listed = redcap.requests.filter(isRecordList).length;
    const ids = await syncs(3, async ([first, second]) => {
      expect(await api.send('DELETE', `/task/${second}`)).toMatchObject({ status: 200, body: second });
      expect(await api.send('DELETE', `/task/${second}`)).toMatchObject({ status: 200, body: second });
      // One that runs is left alone.
      expect(await api.send('DELETE', `/task/${first}`)).toMatchObject({ status: 200, body: first });
      expect(await api.get(`/task/${second}`)).toMatchObject({ status: 'canceled', started_at: 'None', result: 'None' });
      expect(JSON.stringify(await api.get('/task'))).not.toContain(second);
    });
    expect((await rowsOf(ids)).map(({ status, attempt }) => [status, attempt])).toEqual([['finished', 1], ['canceled', 0], ['finished', 1]]); // prettier-ignore
    expect(await timesPublished(ids)).toEqual([1, 0, 1]);
    expect(redcap.requests.filter(isRecordList)).toHaveLength(listed + 2);
  });

  it('are answered with 404 and JSON when nobody knows their id (A6)', async () => {
    for (const id of ['7c9e6679-7425-40de-944b-e07fc1f90ae7', 'unknown']) {
      for (const method of ['GET', 'DELETE']) {
        expect(await api.send(method, `/task/${id}`)).toMatchObject({
          status: 404,
          body: { code: 'task-not-found', detail: expect.any(String) },
        });
      }
    }
  });

  it('run once each when Redis forgets everything while one runs and two wait', async () => {
    const ids = await syncs(3, () => platform.redis.empty());
    expect(await rowsOf(ids)).toMatchObject(onceEach(ids));
    expect(await timesPublished(ids)).toEqual([1, 1, 1]);
    expect(await api.get<TaskView>(`/task/${ids[2]}`)).toMatchObject({ status: 'finished', result: 'None' });
  });

  it('run once each when Redis forgets them before there is a worker', async () => {
    await platform.endWorkers('SIGTERM');
    const ids = await queueSyncs(2);
    await platform.redis.empty();
    await platform.startWorker();
    for (const id of ids) await api.ended(id);
    expect(await rowsOf(ids)).toMatchObject(onceEach(ids));
    expect(await timesPublished(ids)).toEqual([1, 1]);
  });
});
