import { randomUUID } from 'node:crypto';
import { InjectedApi } from '../../e2e/injected-api';

const RUN = randomUUID();
const DRY_RUN = randomUUID();

describe('/drops (postgres, redis)', () => {
  let api: InjectedApi;

  beforeAll(async () => {
    api = await InjectedApi.start();
    await api.database.pool.query(
      `insert into tributary.drop_object (config_id, bucket, key, etag, size_bytes, last_modified, state, run_id, attempt)
       select 'nightly', 'drops', 'client/orchard/' || name, 'e-' || name, 10, '2025-03-01T09:00:00Z', state, run_id::uuid, 1
         from (values ('a.tgz', 'REJECTED', '${RUN}'), ('b.tgz', 'DISCOVERED', null), ('c.tgz', 'MARKED', '${RUN}')) seen (name, state, run_id)`,
    );
    await api.database.pool.query(
      `insert into tributary.drop_attempt (run_id, drop_id, ordinal, outcome, finding, reason, members)
       select run, id, ordinal, outcome, finding, reason, members::jsonb from tributary.drop_object join (values
         ('${RUN}'::uuid, 'client/orchard/c.tgz', 0, 'loaded', null, null, '[{"name":"t.csv","rows":3,"bytes":9,"sha256":"ab"}, {"name":"u.csv","rows":4,"bytes":9,"sha256":"cd"}]'),
         ('${RUN}'::uuid, 'client/orchard/a.tgz', 1, 'rejected', 'BAD_DATE', 'BAD_DATE: member t.csv, line 2', '[]'),
         ('${DRY_RUN}'::uuid, 'client/orchard/b.tgz', 0, 'loaded', null, null, '[]'))
         worked (run, key, ordinal, outcome, finding, reason, members) using (key)`,
    );
  });
  afterAll(() => api.stop());

  const keys = async (query: string): Promise<string[]> =>
    ((await api.send('GET', `/drops${query}`)).body as { key: string }[]).map(({ key }) => key.slice('client/orchard/'.length));
  const idOf = async (name: string): Promise<string> => {
    const { rows } = await api.database.pool.query<{ id: string }>('select id from tributary.drop_object where key = $1', [
      `client/orchard/${name}`,
    ]);
    return rows[0]?.id ?? '';
  };

  it('lists drops, newest first, by state and definition, a page at a time', async () => {
    expect(await keys('')).toEqual(['c.tgz', 'b.tgz', 'a.tgz']);
    expect(await keys('?limit=1&offset=1')).toEqual(['b.tgz']);
    expect(await keys('?state=REJECTED')).toEqual(['a.tgz']);
    expect(await keys('?definition=other')).toEqual([]);
  });

  it('says what one run did, in its order, whatever is true now', async () => {
    expect(await keys(`?run=${RUN}`)).toEqual(['c.tgz', 'a.tgz']);
    expect(await api.send('GET', `/drops?run=${DRY_RUN}`)).toMatchObject({
      body: [{ state: 'DISCOVERED', outcome: 'loaded', runId: DRY_RUN }],
    });
  });

  it('shows one drop with members, rows and reason', async () => {
    expect(await api.send('GET', `/drops/${await idOf('c.tgz')}`)).toMatchObject({
      status: 200,
      body: {
        definition: 'nightly',
        etag: 'e-c.tgz',
        sizeBytes: 10,
        state: 'MARKED',
        rows: 7,
        reason: null,
        members: [{ name: 't.csv' }, {}],
      },
    });
    expect(await api.send('GET', `/drops/${await idOf('a.tgz')}`)).toMatchObject({
      body: { finding: 'BAD_DATE', reason: 'BAD_DATE: member t.csv, line 2', rows: 0 },
    });
    expect(await api.send('GET', `/drops/${await idOf('b.tgz')}`)).toMatchObject({ body: { outcome: null, members: [], runId: null } });
  });

  it('starts a run for the key of a drop', async () => {
    await api.send('PUT', '/definitions/nightly', { source: { kind: 'redcap' }, transform: { kind: 'mapping' } });
    const { status, body } = await api.send('POST', `/drops/${await idOf('a.tgz')}/replay`);
    expect(status).toBe(202);
    const { runId } = body as { runId: string };
    expect(await api.send('GET', `/runs/${runId}`)).toMatchObject({
      body: { pipeline: 'nightly', parameters: { replay: 'client/orchard/a.tgz' } },
    });
  });

  it.each([randomUUID(), 'no-id'])('knows no drop %s', async (id) => {
    expect(await api.send('GET', `/drops/${id}`)).toMatchObject({ status: 404, body: { code: 'drop-not-found' } });
    expect(await api.send('POST', `/drops/${id}/replay`)).toMatchObject({ status: 404 });
  });

  it('refuses a state that does not exist', async () => {
    expect(await api.send('GET', '/drops?state=GONE')).toMatchObject({ status: 422 });
  });
});
