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
    }).expect(422)) as {
      body: { code: string; detail: { loc: string[] }[]; faults: { path: string }[] };
    };
    expect(body.detail.map(({ loc }) => loc.join('.'))).toEqual(['body.target.kind', 'body.source.config.batchSize']);
    expect(body.code).toBe('definition-invalid');
    expect(body.faults.map(({ path }) => path)).toEqual(['target.kind', 'source.config.batchSize']);
    await put('harbor', { ...DOCUMENT, name: 'other' }).expect(422, /must be the name in the path/);
  });

  it('says so when there is none of that name', async () => {
    await request(api.server)
      .get('/definitions/nowhere')
      .set('X-API-Key', KEY)
      .expect(404, /There is no pipeline nowhere/);
  });
});
