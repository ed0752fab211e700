import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../../test/api-client';
import { ApiClient } from '../../../test/api-client';
import { BEFORE, DICTIONARY } from '../../../test/harbor-study';
import { PlatformUnderTest } from '../../../test/platform-under-test';
import { RedcapDouble } from '../../../test/redcap-double';

const KEY = 'e2e-bootstrap-key-0123456789';
const UNKNOWN_ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const BODY_LIMIT_BYTES = 1024 ** 2;

/** Nest names each route when it starts. */
const MAPPED_ROUTE = /Mapped \{(\S+), ([A-Z]+)\} route/g;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary?: string; readonly responses: object }>>>>;
}

describe('the API', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let anonymous: ApiClient;
  let admin: ApiClient;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE.slice(0, 50), DICTIONARY);
    platform = await PlatformUnderTest.create({ env: { ...redcap.env, AUTH_MODE: 'api-key', BOOTSTRAP_ADMIN_KEY: KEY } });
    anonymous = await platform.startApi();
    admin = new ApiClient(anonymous.url, { authorization: `Bearer ${KEY}` });
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  const put = (name: string, document: object): Promise<Answer<{ readonly version: number; readonly createdBy: string }>> =>
    admin.send('PUT', `/definitions/${name}`, document);

  it('asks for a key, and takes it as a bearer token or as X-API-Key', async () => {
    const list = (headers: Readonly<Record<string, string>>) =>
      anonymous.send('GET', '/runs', undefined, headers).then(({ status }) => status);
    expect(await list({})).toBe(401);
    expect(await list({ authorization: 'Bearer wrong-key-wrong-key' })).toBe(401);
    expect(await list({ 'x-api-key': 'wrong-key-wrong-key' })).toBe(401);
    expect(await list({ authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await list({ 'x-api-key': KEY })).toBe(200);
    expect(await anonymous.send('POST', '/sync')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(platform.output).not.toContain(KEY);
  });

  it('says without a key how it is, and that no worker lives', async () => {
    const { status, body } = await anonymous.send('GET', '/health');
    expect([status, body]).toEqual([
      200,
      {
        status: 'degraded',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        services: { api: 'healthy', database: 'healthy', redis: 'healthy', workers: 'unhealthy' },
      },
    ]);
  });

  it('documents every route with a summary and its answers', async () => {
    const { paths } = (await anonymous.send<Document>('GET', '/docs-json')).body;
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
    );
    const routes = [...platform.output.matchAll(MAPPED_ROUTE)].map(([, path, method]) => `${method} ${path?.replace(/:(\w+)/g, '{$1}')}`);
    expect(routes).toEqual(expect.arrayContaining(['POST /sync', 'POST /runs', 'GET /task/{id}', 'PUT /definitions/{name}']));
    expect(operations.map(({ route }) => route).sort()).toEqual(routes.sort());
    expect(operations.filter(({ operation }) => !operation.summary || Object.keys(operation.responses).length === 0)).toEqual([]);
    const page = await anonymous.send<string>('GET', '/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });

  it('is described route by route in docs/api.md', async () => {
    const { paths } = (await anonymous.send<Document>('GET', '/docs-json')).body;
    const nameless = (route: string): string => route.replace(/\{\w+\}|:\w+/g, ':');
    const described = readFileSync(join(__dirname, '../../../docs/api.md'), 'utf8').match(/(GET|POST|PUT|DELETE) \/[\w/:-]*/g) ?? [];
    const documented = new Set(described.map(nameless));
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.filter((route) => !documented.has(nameless(route)))).toEqual([]);
  });

  it('lists no task on an idle system, in the words of the dashboards (A4)', async () => {
    const none = { job_ids: [], expired_job_ids: [] };
    expect((await admin.send('GET', '/task')).body).toEqual({ queued: [], started: none, finished: none, failed: none, deferred: none });
  });

  it('refuses a body with every fault at its path', async () => {
    const answer = await admin.send('POST', '/runs', { pipeline: 7, dryRun: 'maybe', typo: true });
    expect(answer.status).toBe(422);
    const { detail, code } = answer.body as { detail: { loc: string[]; msg: string }[]; code: string };
    expect(code).toBe('request-invalid');
    expect(detail.map(({ loc }) => loc.join('.')).sort()).toEqual(expect.arrayContaining(['body.dryRun', 'body.pipeline', 'body.typo']));
    expect(detail.filter(({ msg }) => msg === '')).toEqual([]);
  });

  it('refuses a query with the fault at its path', async () => {
    const answer = await admin.send<{ detail: { loc: string[] }[] }>('GET', '/runs?limit=many');
    expect(answer.status).toBe(422);
    expect(answer.body.detail.map(({ loc }) => loc)).toContainEqual(['query', 'limit']);
  });

  it.each([
    ['GET', `/runs/${UNKNOWN_ID}`, 'run-not-found'],
    ['GET', '/runs/unknown', 'run-not-found'],
    ['POST', `/runs/${UNKNOWN_ID}/cancel`, 'run-not-found'],
    ['GET', `/task/${UNKNOWN_ID}`, 'task-not-found'],
    ['GET', '/definitions/unknown', 'definition-not-found'],
  ])('answers %s %s with 404 and %s', async (method, path, code) => {
    expect(await admin.send(method, path)).toMatchObject({ status: 404, body: { code, detail: expect.any(String) } });
  });

  it('answers an unknown route with 404 and the bare reason', async () => {
    expect(await admin.send('GET', '/nothing/here')).toMatchObject({ status: 404, body: { detail: 'Not Found' } });
  });

  it('refuses a run of a pipeline that does not exist', async () => {
    expect(await admin.send('POST', '/runs', { pipeline: 'unknown' })).toMatchObject({
      status: 404,
      body: { code: 'definition-not-found' },
    });
  });

  it('answers below /data as a proxy that keeps its prefix needs it', async () => {
    expect((await anonymous.send('GET', '/data/health')).status).toBe(200);
    const { status, body } = await admin.send<string>('POST', '/data/sync');
    expect([status, body]).toEqual([200, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(await admin.send('DELETE', `/data/task/${body}`)).toMatchObject({ status: 200, body });
  });

  it('sends headers that keep browsers careful, and opens CORS to nobody', async () => {
    const { headers } = await anonymous.send('GET', '/health', undefined, { origin: 'https://elsewhere.example' });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('stores a changed definition as a new version, and an equal one not at all', async () => {
    const document = { source: { kind: 'redcap' }, transform: { kind: 'mapping' }, load: { allowShrink: true } };
    expect(await put('registry', document)).toMatchObject({ status: 200, body: { version: 1, createdBy: 'bootstrap' } });
    expect(await put('registry', document)).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await put('registry', { ...document, description: 'Changed' })).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await admin.get('/definitions/registry')).toMatchObject({
      version: 2,
      definition: { description: 'Changed', load: { allowShrink: true } },
    });
    expect(await admin.get('/definitions/registry?version=1')).toMatchObject({ version: 1, description: null });
    expect(await admin.get('/definitions')).toEqual([
      expect.objectContaining({ name: 'redcap', version: 1, createdBy: 'built-in' }),
      expect.objectContaining({ name: 'registry', version: 2 }),
    ]);
    expect((await admin.get<unknown[]>('/definitions/registry/versions')).length).toBe(2);
  });

  it('refuses a definition with every fault and its path', async () => {
    const answer = await put('broken', { source: { kind: 'fax' }, transform: { kind: 'mapping' }, lod: {} });
    expect(answer).toMatchObject({ status: 422, body: { code: 'definition-invalid' } });
    expect(JSON.stringify(answer.body)).toContain('lod');
    expect(await put('broken', { source: { kind: 'fax' }, transform: { kind: 'mapping' } })).toMatchObject({
      status: 422,
      body: { faults: [{ path: 'source.kind', message: expect.stringContaining('redcap') }] },
    });
    expect(await put('broken', { name: 'other', source: { kind: 'redcap' }, transform: { kind: 'mapping' } })).toMatchObject({
      status: 422,
    });
    expect((await admin.send('GET', '/definitions/broken')).status).toBe(404);
  });

  it('publishes the JSON Schema of a definition', async () => {
    const schema = await admin.get<{ required: string[]; properties: object }>('/definitions/schema');
    expect(schema.required).toEqual(expect.arrayContaining(['name', 'source']));
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['load', 'schedule', 'target']));
  });

  it('refuses a body that is too large or no JSON, and a form', async () => {
    const large = await admin.send('POST', '/runs', { pipeline: 'x'.repeat(BODY_LIMIT_BYTES) });
    expect(large).toMatchObject({ status: 413, body: { detail: expect.any(String) } });
    const malformed = await admin.send('POST', '/runs', '{"pipeline":');
    expect(malformed).toMatchObject({ status: 400, body: { detail: expect.any(String) } });
    const form = await admin.send('POST', '/runs', 'pipeline=redcap', { 'content-type': 'text/csv' });
    expect(form).toMatchObject({ status: 415, body: { detail: expect.any(String) } });
  });

  it('echoes a harmless correlation id, and makes one up in place of another', async () => {
    const given = await anonymous.send('GET', '/health', undefined, { 'x-correlation-id': 'trace-1' });
    expect(given.headers.get('x-correlation-id')).toBe('trace-1');
    const made = await anonymous.send('GET', '/health', undefined, { 'x-correlation-id': 'a b"c' });
    expect(made.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
