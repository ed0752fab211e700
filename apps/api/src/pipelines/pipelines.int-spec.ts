import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { objectStoreConfig, openObjectStore, StagingStore } from '@app/platform';
import request from 'supertest';
import { InjectedApi } from '../../e2e/injected-api';

const ADMIN = 'bootstrap-key-of-the-test';
const SECRET_URL = 'postgresql://me:s3cret@elsewhere/db';
const CONFIG = {
  ingestion: { query: 'select 1 as n', source_connection: 'garden' },
  transformation: { type: 'none' },
  persistence: { table_name: 'stock', strategy: 'append' },
};

interface Fault {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
}

describe('the routes of the pipeline platform (http)', () => {
  let api: InjectedApi;
  let operatorKey: string;
  beforeAll(async () => {
    api = await InjectedApi.start(() => ({
      AUTH_MODE: 'api-key',
      BOOTSTRAP_ADMIN_KEY: ADMIN,
      CONNECTION_GARDEN: 'postgresql://reader@127.0.0.1/garden',
      SOURCE_DB_URL: 'postgresql://reader@127.0.0.1/source',
    }));
    const { body } = await send('post', '/api-keys', { name: 'scripts', role: 'operator' });
    operatorKey = (body as { key: string }).key;
  });
  afterAll(() => api.stop());

  const send = (method: 'get' | 'post' | 'delete', path: string, body?: object | string, key = ADMIN) =>
    request(api.server)[method](path).set('X-API-Key', key).set('Content-Type', 'application/json').send(body);
  const faults = async (path: string, body: object | string): Promise<readonly Fault[]> =>
    ((await send('post', path, body).expect(422)).body as { detail: Fault[] }).detail;
  /** Rows that a task could go on with. */
  const staged = async (): Promise<string> => {
    const runId = randomUUID();
    const store = openObjectStore(objectStoreConfig.read({ OBJECT_STORE_URL: pathToFileURL(join(api.folder, 'store')).href }));
    await (await new StagingStore(store).open(runId, 'extract')).seal({});
    return `${runId}.extract`;
  };
  const places = async (body: object): Promise<string[]> => (await faults('/pipelines/validate', body)).map(({ loc }) => loc.join('.'));

  it('says what it is (C-01)', async () => {
    const { body } = await request(api.server).get('/').expect(200);
    expect(Object.keys(body as object)).toEqual(['name', 'version', 'status']);
  });

  it('misses the configuration of an empty body (C-02), and each part that is not there (C-03)', async () => {
    expect(await faults('/pipelines', {})).toEqual([
      { type: 'missing', loc: ['body', 'pipeline_config'], msg: 'Field required', input: {} },
    ]);
    const rest = { ingestion: CONFIG.ingestion, transformation: CONFIG.transformation };
    expect(await faults('/pipelines', { pipeline_config: rest })).toEqual([
      { type: 'missing', loc: ['body', 'pipeline_config', 'persistence'], msg: 'Field required', input: rest },
    ]);
  });

  it('tells all faults at once, unknown keys among them unless asked not to mind', async () => {
    const pipeline_config = {
      ingestion: { query: '', batch_size: 'x', typo: 1 },
      transformation: { type: 'sql', config: {} },
      persistence: { table_name: 'stock', strategy: 'upsert' },
    };
    expect((await places({ pipeline_config })).sort()).toEqual([
      'body.pipeline_config.ingestion.batch_size',
      'body.pipeline_config.ingestion.query',
      'body.pipeline_config.ingestion.typo',
      'body.pipeline_config.persistence.upsert_keys',
      'body.pipeline_config.transformation.config.sql_query',
    ]);
    expect(await places({ pipeline_config, strict: false })).not.toContain('body.pipeline_config.ingestion.typo');
  });

  it('tells the faults of every part at once, whoever finds them', async () => {
    const pipeline_config = {
      ingestion: { query: 'select 1', source_connection: 'meadow', batch_size: 1.5, incremental: { colunm: 'id' } },
      transformation: [
        { type: 'config', config: { config: { filter: { crop: { between: [1, 2] } }, limit: -1 } } },
        { type: 'sql', config: { transformation_id: 'nowhere', version: 3 } },
        { type: 'code', config: { function_path: '../escape' } },
      ],
      persistence: { table_name: 'stock', schema: 'tributary', strategy: 'upsert', typo: true },
      schema_validation: { input: 'unknown', output: { columns: [{ name: 'a', dtype: 'quaternion' }] } },
      timeout_seconds: 'soon',
    };
    expect((await places({ pipeline_config })).sort()).toEqual([
      'body.pipeline_config.ingestion.batch_size',
      'body.pipeline_config.ingestion.incremental.column',
      'body.pipeline_config.ingestion.incremental.colunm',
      'body.pipeline_config.ingestion.source_connection',
      'body.pipeline_config.persistence.schema',
      'body.pipeline_config.persistence.typo',
      'body.pipeline_config.persistence.upsert_keys',
      'body.pipeline_config.schema_validation.input',
      'body.pipeline_config.schema_validation.output.columns.0.dtype',
      'body.pipeline_config.timeout_seconds',
      'body.pipeline_config.transformation.0.config.config.filter.crop.between',
      'body.pipeline_config.transformation.0.config.config.limit',
      'body.pipeline_config.transformation.1.config.transformation_id',
      'body.pipeline_config.transformation.2.config.function_path',
    ]);
    const readable = {
      ...pipeline_config,
      ingestion: { ...pipeline_config.ingestion, batch_size: 5 },
      schema_validation: { input: 'unknown' },
      persistence: { ...CONFIG.persistence, schema: 'tributary' },
      timeout_seconds: 60,
    };
    const found = await faults('/pipelines', { pipeline_config: readable });
    expect(found.map(({ loc, msg }) => `${loc.slice(2).join('.')}: ${msg}`).sort()).toEqual([
      expect.stringMatching(/^ingestion\.incremental\.column: /),
      'ingestion.incremental.colunm: there is no such key',
      expect.stringMatching(/^ingestion\.source_connection: There is no connection meadow/),
      'persistence.schema: Nothing is ever written into the schema "tributary".',
      "schema_validation.input: Schema 'unknown' not found in registry",
      expect.stringMatching(/^transformation\.0\.config\.config\.filter\.crop\.between: /),
      expect.stringMatching(/^transformation\.0\.config\.config\.limit: /),
      "transformation.1.config.transformation_id: Transformation 'nowhere' not found",
      expect.stringMatching(/^transformation\.2\.config\.function_path: expected the name of a module/),
    ]);
  });

  it('refuses queries that must not run, with every reason', async () => {
    const sql = (sql_query: string) => ({ type: 'sql', config: { sql_query } });
    const transformation = [
      sql("COPY input_data TO '/tmp/x'"),
      sql("SELECT getenv('HOME') AS h, :a AS a FROM read_csv('/etc/passwd')"),
      sql('SELECT 1; SELECT 2'),
      sql('SELEC 1'),
      sql('SELECT * FROM whatever_the_source_calls_it'),
    ];
    const found = await faults('/pipelines', { pipeline_config: { ...CONFIG, transformation } });
    expect(found.map(({ loc, msg }) => `${loc.slice(3).join('.')}: ${msg}`)).toEqual([
      '0.config.sql_query: only SELECT statements, with or without WITH, can be run',
      "1.config.parameters.a: A value is required for bind parameter 'a'",
      '1.config.sql_query: getenv() tells about the engine or changes it, which is not allowed',
      '1.config.sql_query: read_csv() reads something else than the data, which is not allowed',
      '2.config.sql_query: it has to be one statement; these are 2',
      expect.stringMatching(/^3\.config\.sql_query: it is no SQL: /),
    ]);
    expect(
      await faults('/tasks/transform', {
        transformation_type: 'sql',
        transformation_config: { sql_query: 'DROP TABLE x' },
        data_id: await staged(),
      }),
    ).toMatchObject([{ loc: ['body', 'transformation_config', 'sql_query'], msg: expect.stringContaining('only SELECT') as string }]);
  });

  it('ignores unknown keys, of declared steps too, for whoever does not mind', async () => {
    const pipeline_config = { ...CONFIG, transformation: { type: 'config', config: { config: { select: ['n'], banana: 1 } } }, extra: 1 };
    expect(await places({ pipeline_config })).toEqual([
      'body.pipeline_config.extra',
      'body.pipeline_config.transformation.config.config.banana',
    ]);
    await send('post', '/pipelines/validate', { pipeline_config: { ...pipeline_config, strict: false } }).expect(200);
  });

  it('refuses arrays as conditions, and steps that need keys, in single tasks too (C-47, C-74)', async () => {
    const transformation_config = { filter: { seeds: [1, 2] }, transformations: [{ type: 'apply', column: 'crop', function: 'spin' }] };
    const found = await faults('/tasks/transform', { transformation_type: 'config', transformation_config, data_id: await staged() });
    expect(found.map(({ loc }) => loc.join('.'))).toEqual([
      'body.transformation_config.filter.seeds',
      expect.stringMatching(/^body\.transformation_config\.transformations\.0/),
    ]);
    expect(await faults('/tasks/persist', { table_name: 't', schema: 'pg_catalog', strategy: 'upsert' })).toMatchObject([
      { loc: ['body', 'upsert_keys'], msg: 'upsert_keys required for UPSERT strategy' },
    ]);
    expect(await faults('/tasks/persist', { table_name: 't', schema: 'pg_catalog' })).toMatchObject([{ loc: ['body', 'schema'] }]);
  });

  it('refuses names that no table has (C-79)', async () => {
    const persistence = { table_name: 'x; DROP TABLE stock', schema: 'ü'.repeat(40) };
    expect((await faults('/pipelines', { pipeline_config: { ...CONFIG, persistence } })).map(({ loc, msg }) => [loc.at(-1), msg])).toEqual([
      ['schema', expect.stringContaining('longer than 63 bytes')],
      ['table_name', expect.stringContaining('statement punctuation')],
    ]);
  });

  it('names a connection that does not exist, and a strategy', async () => {
    const pipeline_config = { ...CONFIG, ingestion: { query: 'select 1', source_connection: 'meadow' } };
    expect(await places({ pipeline_config })).toEqual(['body.pipeline_config.ingestion.source_connection']);
    expect(await faults('/tasks/persist', { table_name: 't', strategy: 'merge' })).toMatchObject([
      { type: 'literal_error', loc: ['body', 'strategy'], msg: "Input should be 'insert', 'upsert', 'replace' or 'append'" },
    ]);
  });

  it('takes database URLs from admins only, and never repeats one', async () => {
    const pipeline_config = { ...CONFIG, ingestion: { query: 'select 1', source_db_url: SECRET_URL } };
    await send('post', '/pipelines', { pipeline_config }, operatorKey).expect(403, /role admin/);
    const answer = await send('post', '/pipelines', { pipeline_config: { ingestion: pipeline_config.ingestion } }).expect(422);
    expect(JSON.stringify(answer.body)).not.toContain('s3cret');
  });

  it('writes into the warehouse unless an admin names another database', async () => {
    const persistence = { ...CONFIG.persistence, dest_connection: 'garden' };
    await send('post', '/pipelines', { pipeline_config: { ...CONFIG, persistence } }, operatorKey).expect(403, /role admin/);
    await send('post', '/tasks/persist', { ...persistence, data_id: await staged() }, operatorKey).expect(403, /role admin/);
    await send('post', '/pipelines/validate', { pipeline_config: { ...CONFIG, persistence } }).expect(200);
  });

  it('takes no reference to a secret for a query', async () => {
    for (const query of ['env:BOOTSTRAP_ADMIN_KEY', ' file:/etc/passwd']) {
      const pipeline_config = { ...CONFIG, ingestion: { query } };
      expect(await places({ pipeline_config })).toEqual(['body.pipeline_config.ingestion.query']);
      expect((await faults('/tasks/ingest', { query })).map(({ loc }) => loc)).toEqual([['body', 'query']]);
      const transformation = { type: 'sql', config: { sql_query: query } };
      expect(await places({ pipeline_config: { ...CONFIG, transformation } })).toEqual([
        'body.pipeline_config.transformation.config.sql_query',
      ]);
    }
  });

  it('wants a query (C-04), whole batches (C-05) and data (C-06)', async () => {
    expect((await send('post', '/tasks/ingest', {}).expect(400)).body).toMatchObject({ detail: 'Query is required for ingestion' });
    expect(await faults('/tasks/ingest', { query: 'SELECT 1', batch_size: 'x' })).toMatchObject([
      { type: 'int_parsing', loc: ['body', 'batch_size'] },
    ]);
    await send('post', '/tasks/persist', { table_name: 't', strategy: 'UPSERT', upsert_keys: ['id'] }).expect(400, /Data identifier/);
    const data_id = `${randomUUID()}.extract`;
    expect((await send('post', '/tasks/persist', { table_name: 't', data_id }).expect(404)).body).toMatchObject({
      detail: `Data ${data_id} not found`,
    });
    expect(await faults('/tasks/transform', { transformation_type: 'pickle', transformation_config: {} })).toMatchObject([
      { loc: ['body', 'transformation_type'] },
    ]);
    expect(await faults('/tasks/transform', { transformation_type: 'sql', transformation_config: {}, data_id })).toMatchObject([
      { type: 'missing', loc: ['body', 'transformation_config', 'sql_query'] },
    ]);
  });

  it('does not know what was never submitted (C-07, C-10)', async () => {
    await send('get', '/pipelines/garden-77/status').expect(404, /"detail":"Pipeline garden-77 not found"/);
    const id = randomUUID();
    await send('get', `/tasks/${id}`).expect(404, new RegExp(`"detail":"Task ${id} not found"`));
    await send('delete', '/pipelines/garden-77').expect(404);
  });

  it('says where a body stops to be JSON', async () => {
    expect(await faults('/pipelines', '{"pipeline_config": tru}')).toMatchObject([
      { type: 'json_invalid', loc: ['body', 20], msg: 'JSON decode error', input: {} },
    ]);
    await send('post', '/runs', '{"pipeline":').expect(400);
  });

  it('lists workers, and is unhealthy without one (C-13)', async () => {
    expect((await send('get', '/workers').expect(200)).body).toEqual({ workers: [], total: 0 });
    expect((await send('get', '/workers/health').expect(200)).body).toMatchObject({ status: 'unhealthy', error: expect.any(String) });
    expect((await request(api.server).get('/health').expect(200)).body).toMatchObject({
      status: 'degraded',
      services: { api: 'healthy', workers: 'unhealthy', redis: 'healthy' },
    });
  });

  it('makes keys that are shown once, and revokes them', async () => {
    const { body } = await send('post', '/api-keys', { name: 'dashboard', role: 'viewer' }).expect(201);
    const { id, key } = body as { id: string; key: string };
    await send('get', '/workers', undefined, key).expect(200);
    await send('get', '/api-keys', undefined, key).expect(403);
    const list = await send('get', '/api-keys').expect(200);
    expect(list.body).toEqual(
      expect.arrayContaining([expect.objectContaining({ id, name: 'dashboard', role: 'viewer', revokedAt: null })]),
    );
    expect(JSON.stringify(list.body)).not.toContain(key);
    await send('delete', `/api-keys/${id}`).expect(200);
    await send('get', '/workers', undefined, key).expect(401);
    await send('delete', `/api-keys/${randomUUID()}`).expect(404);
  });
});
