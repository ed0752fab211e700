import request from 'supertest';
import { InjectedApi } from '../../e2e/injected-api';

const CONFIG = {
  ingestion: { query: 'select 1 as n', source_db_url: 'postgresql://reader:secret@127.0.0.1/garden' },
  transformation: { type: 'none' },
  persistence: { table_name: 'stock', strategy: 'append' },
};

describe('requests under an Idempotency-Key (http)', () => {
  let api: InjectedApi;
  beforeAll(async () => {
    api = await InjectedApi.start(() => ({ SOURCE_DB_URL: 'postgresql://reader@127.0.0.1/source' }));
  });
  afterAll(() => api.stop());

  const post = (path: string, key?: string, body: object = {}) =>
    request(api.server)
      .post(path)
      .set(key === undefined ? {} : { 'Idempotency-Key': key })
      .send(body);
  const tasks = async (): Promise<number> => {
    const { rows } = await api.database.pool.query<{ n: number }>('select count(*)::int as n from tributary.task');
    return rows[0]!.n;
  };

  it.each([
    ['/sync', {}],
    ['/backup', {}],
    ['/pipelines', { pipeline_config: CONFIG }],
    ['/tasks/ingest', { query: 'select 2' }],
    ['/runs', { pipeline: 'redcap' }],
  ])('answers POST %s once', async (path, body) => {
    const first = await post(path, `key-of-${path}`, body);
    expect(first.status).toBeLessThan(300);
    const before = await tasks();
    const again = await post(path, `key-of-${path}`, body);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await tasks()).toBe(before);
    const other = await post(path, `another-key-of-${path}`, body);
    expect(other.body).not.toEqual(first.body);
    expect(await tasks()).toBe(before + 1);
  });

  it('takes the key from the body of pipelines and tasks, where the header says none', async () => {
    const { body: first } = await post('/pipelines', undefined, { pipeline_config: { ...CONFIG, idempotency_key: 'inside' } });
    const { body: again } = await post('/pipelines', undefined, { pipeline_config: CONFIG, idempotency_key: 'inside' });
    expect(again).toEqual(first);
    const ingest = { query: 'select 3', idempotency_key: 'inside-too' };
    const { body: task } = await post('/tasks/ingest', undefined, ingest);
    expect((await post('/tasks/ingest', undefined, ingest)).body).toEqual(task);
    expect((await post('/tasks/ingest', 'header', ingest)).body).not.toEqual(task);
  });

  it('refuses a key that was used for something else', async () => {
    const answers = [
      await post('/pipelines', 'key-of-/pipelines', { pipeline_config: { ...CONFIG, timeout_seconds: 5 } }),
      await post('/pipelines', 'key-of-/pipelines', { pipeline_config: CONFIG, pipeline_id: 'mine' }),
      await post('/tasks/ingest', 'key-of-/tasks/ingest', { query: 'select 4' }),
      await post('/backup', 'key-of-/sync'),
    ];
    for (const { status, body } of answers) expect([status, (body as { code: string }).code]).toEqual([409, 'idempotency-conflict']);
  });

  it('does not remember what was refused', async () => {
    await post('/restore/2020-01-01 00:00:00.000000', 'restore').expect(404);
    await post('/restore/2020-01-01 00:00:00.000000', 'restore').expect(404);
  });

  it('forgets keys after their time', async () => {
    const { body: first } = await post('/tasks/ingest', 'old', { query: 'select 5' });
    await api.database.pool.query(`update tributary.run set created_at = created_at - interval '8 days' where task_id = $1`, [
      (first as { task_id: string }).task_id,
    ]);
    const { body: again } = await post('/tasks/ingest', 'old', { query: 'select 6' }).expect(200);
    expect(again).not.toEqual(first);
    await post('/tasks/ingest', 'old', { query: 'select 5' }).expect(409);
  });
});
