import request from 'supertest';
import { InjectedApi } from '../../e2e/injected-api';

const KEY = 'bootstrap-key-of-the-test';
const DOCUMENT = { source: { kind: 'redcap', config: { batchSize: 5 } }, transform: { kind: 'mapping' } };

describe('/definitions (http)', () => {
  let api: InjectedApi;
  beforeAll(async () => {
    api = await InjectedApi.start(() => ({ AUTH_MODE: 'api-key', BOOTSTRAP_ADMIN_KEY: KEY }));
  });
  afterAll(() => api.stop());

  const put = (name: string, body: object) => request(api.server).put(`/definitions/${name}`).set('X-API-Key', KEY).send(body);

  it('asks for a key and takes it in either header', async () => {
    await request(api.server)
      .get('/definitions')
      .expect(401, /API key/);
    await request(api.server).get('/definitions').set('Authorization', 'Bearer wrong-key-of-somebody').expect(401);
    await request(api.server).get('/definitions').set('Authorization', `Bearer ${KEY}`).expect(200);
    await request(api.server).get('/definitions').set('X-API-Key', KEY).expect(200);
  });

  it('lists the REDCap sync from the first start', async () => {
    const { body } = await request(api.server).get('/definitions').set('X-API-Key', KEY);
    expect(body).toEqual([expect.objectContaining({ name: 'redcap', version: 1, createdBy: 'built-in' })]);
  });

  it('stores each change as a version and keeps the earlier ones', async () => {
    await put('harbor', DOCUMENT).expect(200);
    await put('harbor', { ...DOCUMENT, description: 'changed' }).expect(200);
    const { body } = await request(api.server).get('/definitions/harbor?version=1').set('X-API-Key', KEY).expect(200);
    expect(body).toMatchObject({ version: 1, description: null, createdBy: 'bootstrap' });
    await request(api.server)
      .get('/definitions/harbor/versions')
      .set('X-API-Key', KEY)
      .expect(/"version":2.*"version":1/);
  });

  it('refuses a document with every fault and its path, and one under another name', async () => {
    const { body } = (await put('harbor', {
      ...DOCUMENT,
      source: { kind: 'redcap', config: { batchSize: 0 } },
      target: { kind: 'paper' },
      typo: 1,
    }).expect(422)) as {
      body: { code: string; detail: { loc: string[] }[]; faults: { path: string }[] };
    };
    expect(body.detail.map(({ loc }) => loc.join('.'))).toEqual(['body.target.kind', 'body.typo', 'body.source.config.batchSize']);
    expect(body.code).toBe('definition-invalid');
    expect(body.faults.map(({ path }) => path)).toEqual(['target.kind', 'typo', 'source.config.batchSize']);
    await put('harbor', { ...DOCUMENT, name: 'other' }).expect(422, /must be the name in the path/);
  });

  it('shows no password and no token that a document holds, only where they come from', async () => {
    const config = { url: 'postgresql://reader:s3cret@example.org/db', query: 'select 1 as n' };
    await put('orchard', { source: { kind: 'database', config }, target: { table: 'trays' } }).expect(200);
    await put('meadow', { source: { kind: 'redcap', config: { token: 's3cret' } }, transform: DOCUMENT.transform }).expect(200);
    await put('field', { source: { kind: 'redcap', config: { token: 'env:REDCAP' } }, transform: DOCUMENT.transform }).expect(200);
    for (const path of ['', '/orchard', '/orchard/versions', '/meadow', '/field']) {
      const { text } = await request(api.server).get(`/definitions${path}`).set('X-API-Key', KEY).expect(200);
      expect(text).not.toContain('s3cret');
      if (path === '/field') expect(text).toContain('env:REDCAP');
    }
  });

  it('says so when there is none of that name, and that a version is none', async () => {
    await request(api.server).get('/definitions/harbor?version=99999999999').set('X-API-Key', KEY).expect(422);

    await request(api.server)
      .get('/definitions/nowhere')
      .set('X-API-Key', KEY)
      .expect(404, /There is no pipeline nowhere/);
  });
});
