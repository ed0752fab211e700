import { join } from 'node:path';
import type { ApiClient, RunView, StartedRun } from './api-client';
import { AFTER, BEFORE, DICTIONARY } from './harbor-study';
import { obstruct } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';
import { contentOf } from './warehouse-content';

const TABLE = '"ProtocolTimelines_estimated"';

interface BackupView {
  readonly name: string;
  readonly origin: string;
  readonly state: string;
}

describe('backups of a running deployment', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let api: ApiClient;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
    platform = await PlatformUnderTest.create({ env: redcap.env });
    const dumps = join(platform.folder, 'dumps');
    ({ api } = await platform.startBoth({ POSTGRES_DUMP_PATH: dumps }));
    await api.sync();
  });
  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  const content = () => contentOf(platform.pool);
  const startWorker = () => platform.startWorker({ POSTGRES_DUMP_PATH: join(platform.folder, 'dumps') });
  const request = async (path: string): Promise<string> => (await api.send<string>('POST', path)).body;
  const names = () => api.get<string[]>('/backup');

  it('a run takes one before it publishes, and can be taken back', async () => {
    const before = await content();
    await redcap.become(AFTER, DICTIONARY);
    const run = await api.runToItsEnd();
    const after = await content();
    expect(after).not.toEqual(before);
    const backups = await api.get<BackupView[]>('/backups');
    expect(backups).toContainEqual(
      expect.objectContaining({ name: (run as RunView & { backup: string }).backup, origin: `run:${run.runId}`, state: 'verified' }),
    );

    const rollback = await api.send<StartedRun>('POST', `/runs/${run.runId}/rollback`);
    expect(rollback).toMatchObject({ status: 202, body: { runId: run.runId } });
    expect(await api.ended(rollback.body.taskId)).toMatchObject({ status: 'finished', name: 'reload.restoreDatabase', result: 'True' });
    expect(await content()).toEqual(before);
    expect((await api.run(run.runId)).status).toBe('succeeded');

    expect(await api.sync()).toMatchObject({ status: 'finished' });
    expect(await content()).toEqual(after);
  });

  it('a run that took none cannot be taken back', async () => {
    const { runId } = await api.runToItsEnd({ dryRun: true });
    expect(await api.send('POST', `/runs/${runId}/rollback`)).toMatchObject({ status: 409, body: { code: 'run-without-backup' } });
  });

  it('none is listed that a killed worker was making; another worker makes it', async () => {
    const known = await names();
    const obstacle = await obstruct(platform.pool, `lock table ${TABLE} in access exclusive mode`);
    const taskId = await request('/backup');
    await obstacle.reached();
    await platform.endWorkers('SIGKILL');
    expect(await names()).toEqual(known);
    await obstacle.remove();
    await startWorker();
    expect(await api.ended(taskId)).toMatchObject({ status: 'finished', result: 'True' });
    expect(await names()).toHaveLength(known.length + 1);
  });

  it('a restore whose worker is killed leaves the data; another worker does it', async () => {
    const [latest] = await names();
    const atBackup = await content();
    await platform.pool.query(`delete from ${TABLE}; create table made_later (id int)`);
    const changed = await content();
    const reader = await obstruct(platform.pool, `lock table ${TABLE} in access share mode`);
    const taskId = await request(`/restore/${encodeURIComponent(latest!)}`);
    await reader.reached();
    await platform.endWorkers('SIGKILL');
    await reader.remove();
    expect(await content()).toEqual(changed);
    await startWorker();
    expect(await api.ended(taskId)).toMatchObject({ status: 'finished', result: 'True' });
    expect(await content()).toEqual(atBackup);
  });
});
