import request from 'supertest';
import { InjectedApi } from '../e2e/injected-api';

const LIMIT = 20;

describe('the API around its routes (http)', () => {
  let api: InjectedApi;
  beforeAll(async () => {
    api = await InjectedApi.start(() => ({
      AUTH_MODE: 'api-key',
      BOOTSTRAP_ADMIN_KEY: 'bootstrap-key-of-the-test',
      RATE_LIMIT_PER_MINUTE: String(LIMIT),
      LOCAL_ENV: 'True',
    }));
  });
  afterAll(() => api.stop());

  const get = (path: string) => request(api.server).get(path);

  it('describes itself where clients of the pipeline platform look', async () => {
    const { body } = await get('/openapi.json').expect(200);
    const { paths, info } = body as { paths: Record<string, unknown>; info: { version: string } };
    expect(info.version).toBe('0.1.0');
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/pipelines', '/tasks/{id}', '/workers/health', '/transforms/preview']));
    expect((await get('/docs-json').expect(200)).body).toEqual(body);
    await get('/redoc').expect(302).expect('location', '/docs');
  });

  it('answers what does not exist as ever', async () => {
    expect((await get('/nowhere').expect(404)).body).toEqual({ detail: 'Not Found' });
    expect((await request(api.server).put('/pipelines').expect(405).expect('allow', 'POST')).body).toEqual({
      detail: 'Method Not Allowed',
    });
    await request(api.server).delete('/tasks/ingest?x=1').expect(405);
    await get('/tasks/ingest/deeper').expect(404);
  });

  it('refuses what it could neither store nor walk over', async () => {
    const admin = { 'X-API-Key': 'bootstrap-key-of-the-test', 'Content-Type': 'application/json' };
    const post = (body: string, headers = {}) =>
      request(api.server)
        .post('/pipelines')
        .set({ ...admin, ...headers })
        .send(body);
    await get('/definitions/a%00b')
      .set(admin)
      .expect(400, /U\+0000/);
    await get('/tasks/%zz').set(admin);
    await post('{}', { 'Idempotency-Key': 'x'.repeat(256) }).expect(400, /at most 255/);
    await post('{"pipeline_id": "a\\u0000b"}').expect(422, /"loc":\["body"\],"msg":"Texts may not hold the character U\+0000"/);
    const deep = `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`;
    await post(`{"pipeline_config": ${deep}}`).expect(422, /Nested deeper than 100 levels/);
  });

  it('lets pages of every origin use every method where LOCAL_ENV says so', async () => {
    const ask = request(api.server).options('/backup/x').set('Origin', 'http://dashboard').set('Access-Control-Request-Method', 'DELETE');
    const { headers } = await ask.expect(204);
    expect(headers['access-control-allow-origin']).toBe('http://dashboard');
    expect(headers['access-control-allow-methods']).toMatch(/PUT.*DELETE/);
  });

  it('refuses what a client sends beyond its share, and nobody else', async () => {
    const as = (key: string) => get('/workers').set('X-API-Key', key);
    const statuses: number[] = [];
    for (let sent = 0; sent <= LIMIT; sent += 1) statuses.push((await as('one client')).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(LIMIT);
    const refused = await as('one client').expect(429);
    expect(refused.body).toMatchObject({ code: 'rate-limited', detail: expect.stringContaining('RATE_LIMIT_PER_MINUTE') as string });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await as('bootstrap-key-of-the-test').expect(200);
    await get('/health').set('X-API-Key', 'one client').expect(200);
  });
});
