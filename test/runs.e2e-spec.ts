import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mapping from '../samples/study/mapping.json';
import type { ApiClient, StartedRun, TableChange } from './api-client';
import { AFTER, BEFORE, DICTIONARY } from './harbor-study';
import { PlatformUnderTest } from './platform-under-test';
import { isChunk, isRecordList, RedcapDouble } from './redcap-double';
import { contentOf, publications, versionsOf } from './warehouse-content';

type Difference = Readonly<
  Record<string, readonly { readonly change: 'insert' | 'delete'; readonly row: Readonly<Record<string, string | null>> }[]>
>;

describe('a run', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let api: ApiClient;
  let mappingPath: string;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
    platform = await PlatformUnderTest.create({ env: redcap.env });
    mappingPath = join(platform.folder, 'mapping.json');
    writeFileSync(mappingPath, JSON.stringify(mapping));
    ({ api } = await platform.startBoth({ MAPPING_PATH: mappingPath }));
    expect((await api.sync()).status).toBe('finished');
    await redcap.become(AFTER, DICTIONARY);
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  it('that is dry shows the rows it would write and changes nothing', async () => {
    const before = await versionsOf(platform.pool);
    const run = await api.runToItsEnd({ dryRun: true });
    expect(run).toMatchObject({ status: 'succeeded', dryRun: true, error: null });
    expect(await versionsOf(platform.pool)).toEqual(before);
    expect(await publications(platform.pool)).not.toHaveProperty(run.runId);
    const difference = await api.get<Difference>(`/runs/${run.runId}/difference`);
    expect(countsOf(difference)).toEqual(changesOf(run.tables!));
    expect(difference.Proposal).toContainEqual({
      change: 'insert',
      row: expect.objectContaining({ ProposalID: '6', ShortTitle: 'Renamed' }),
    });
    expect(difference.Proposal).toContainEqual({ change: 'delete', row: expect.objectContaining({ ProposalID: '22' }) });
  });

  it('that failed is resumed where it stopped, without fetching again', async () => {
    writeFileSync(mappingPath, '[]]');
    const failed = await api.runToItsEnd();
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'mapping-invalid' }, tables: null });
    expect(failed.stages.map(({ name, status }) => [name, status])).toEqual([['extract', 'succeeded'], ['transform', 'failed']]); // prettier-ignore
    writeFileSync(mappingPath, JSON.stringify(mapping));
    const requests = redcap.requests.length;
    const { status, body } = await api.send<StartedRun>('POST', `/runs/${failed.runId}/resume`);
    expect([status, body.runId]).toEqual([202, failed.runId]);
    expect(await api.ended(body.taskId)).toMatchObject({ status: 'finished' });
    expect(redcap.requests.slice(requests)).toEqual([]);
    expect(await api.run(failed.runId)).toMatchObject({ status: 'succeeded', taskId: body.taskId, error: null });
    expect((await contentOf(platform.pool)).Proposal).toContainEqual(expect.stringContaining('(6,Renamed,'));
    expect(await api.send('POST', `/runs/${failed.runId}/resume`)).toMatchObject({ status: 409, body: { code: 'run-not-resumable' } });
  });

  it('counts rows by stage and by table as the tables have them', async () => {
    await redcap.become(BEFORE, DICTIONARY);
    const run = await api.runToItsEnd();
    const content = await contentOf(platform.pool);
    expect(run.tables!.map(({ table, rows }) => [table, rows])).toEqual(run.tables!.map(({ table }) => [table, content[table]!.length]));
    expect(run.tables!.filter(({ rows, inserted, unchanged }) => rows !== inserted + unchanged)).toEqual([]);
    const rowsOf = (stage: string) => run.stages.find(({ name }) => name === stage)?.rows;
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    expect(rowsOf('extract')).toBe(BEFORE.length + DICTIONARY.length);
    expect(rowsOf('transform')).toBe(sum(run.tables!.map(({ rows }) => rows)));
    expect(rowsOf('publish')).toBe(sum(run.tables!.map(({ inserted, deleted }) => inserted + deleted)));
  });

  it('that is cancelled while it works stops, leaves the tables alone, and can be resumed', async () => {
    await redcap.become(AFTER, DICTIONARY);
    const before = await versionsOf(platform.pool);
    const gate = redcap.hold(isChunk);
    const { runId, taskId } = await api.startRun();
    await gate.reached();
    expect(await api.send('POST', `/runs/${runId}/cancel`)).toMatchObject({ status: 202, body: { runId, taskId } });
    expect(await api.ended(taskId)).toMatchObject({ status: 'canceled' });
    gate.open();
    expect(await api.run(runId)).toMatchObject({ status: 'cancelled' });
    expect(await versionsOf(platform.pool)).toEqual(before);
    expect(await api.send('POST', `/runs/${runId}/cancel`)).toMatchObject({ status: 409, body: { code: 'run-not-cancellable' } });
    const { body } = await api.send<StartedRun>('POST', `/runs/${runId}/resume`);
    expect(await api.ended(body.taskId)).toMatchObject({ status: 'finished' });
  });

  it('is one for one Idempotency-Key, and another request under that key is a conflict', async () => {
    const listed = redcap.requests.filter(isRecordList).length;
    const start = (body: Readonly<Record<string, unknown>>) =>
      api.send<StartedRun>('POST', '/runs', { pipeline: 'redcap', ...body }, { 'idempotency-key': 'nightly-7' });
    const answers = await Promise.all([start({}), start({}), start({})]);
    const [first] = answers;
    expect(answers.map(({ status, body }) => [status, body])).toEqual(answers.map(() => [202, first.body]));
    expect(await start({ dryRun: true })).toMatchObject({ status: 409, body: { code: 'idempotency-conflict' } });
    await api.ended(first.body.taskId);
    expect(await start({})).toMatchObject({ status: 202, body: first.body });
    expect(redcap.requests.filter(isRecordList)).toHaveLength(listed + 1);
  });
});

function countsOf(difference: Difference): unknown[] {
  const count = (table: string, change: string) => difference[table]!.filter((row) => row.change === change).length;
  return Object.keys(difference).sort().map((table) => [table, count(table, 'insert'), count(table, 'delete')]); // prettier-ignore
}

const changesOf = (tables: readonly TableChange[]): unknown[] =>
  [...tables].sort((a, b) => (a.table < b.table ? -1 : 1)).map(({ table, inserted, deleted }) => [table, inserted, deleted]);
