import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openObjectStore, objectStoreConfig, StagingStore } from '@app/platform';
import { InjectedApi } from '../../e2e/injected-api';

interface Preview {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly total: number;
  readonly sql: readonly { readonly relation: string; readonly sql: string }[];
  readonly issues: readonly { readonly message: string }[];
  readonly transformations: readonly unknown[];
}

const ROWS = [
  { crop: 'Basil', grams: 12.5 },
  { crop: 'Dill', grams: 8 },
  { crop: 'Basil', grams: 3 },
];
const MODULE = `export const output = [{ name: 'crop', type: 'string' }, { name: 'mg', type: 'float' }];
export async function* transform(batches, { factor }) {
  for await (const rows of batches) yield rows.map(({ crop, grams }) => ({ crop, mg: grams * factor }));
}`;
const sql = (sql_query: string) => ({ kind: 'sql', config: { sql_query } });
/** Never ends by itself. */
const ENDLESS = sql('SELECT count(*) AS n FROM range(10000000000) a, range(10000000000) b');

describe('trying transforms (http)', () => {
  let api: InjectedApi;
  beforeAll(async () => {
    api = await InjectedApi.start((folder) => ({
      TRANSFORM_MODULES_DIR: join(folder, 'modules'),
      TRANSFORM_SPILL_DIR: join(folder, 'spill'),
      PREVIEW_TIMEOUT: '5',
      PREVIEW_CONCURRENCY: '1',
    }));
    await mkdir(join(api.folder, 'modules'));
    await writeFile(join(api.folder, 'modules', 'weigh.mjs'), MODULE);
  });
  afterAll(() => api.stop());

  const send = (body: object) => api.send('POST', '/transforms/preview', body);
  const preview = async (body: object): Promise<Preview> => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body as Preview;
  };
  const faults = async (body: object): Promise<string[]> => {
    const { status, body: answer } = await send(body);
    expect(status).toBe(422);
    return (answer as { detail: { loc: string[]; msg: string }[] }).detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
  };

  it('answers the rows and the SQL of a query, in the words of a definition or of a pipeline_config', async () => {
    const query = 'SELECT crop, SUM(grams) AS g FROM input_data GROUP BY crop ORDER BY crop';
    const answer = await preview({ transform: sql(query), rows: ROWS });
    expect(answer).toMatchObject({
      columns: [
        { name: 'crop', type: 'string' },
        { name: 'g', type: 'float' },
      ],
      rows: [
        { crop: 'Basil', g: 15.5 },
        { crop: 'Dill', g: 8 },
      ],
      total: 2,
      issues: [],
    });
    expect(answer.sql.map(({ sql: text }) => text).join()).toContain('GROUP BY crop');
    const other = await preview({ transformation: { type: 'sql', config: { sql_query: query } }, rows: ROWS });
    expect(other.rows).toEqual(answer.rows);
  });

  it('runs chains of declared steps and reviewed code', async () => {
    const transform = [
      { kind: 'config', config: { filter: { crop: 'Basil' } } },
      { kind: 'code', config: { function_path: 'weigh', kwargs: { factor: 1000 } } },
      sql('SELECT SUM(mg) AS mg FROM input_data'),
    ];
    expect((await preview({ transform, rows: ROWS })).rows).toEqual([{ mg: 15500 }]);
  });

  it('warns as a run would, and answers no more rows than were asked for', async () => {
    const answer = await preview({ transform: { kind: 'config', config: { select: ['grams', 'colour'] } }, rows: ROWS, limit: 1 });
    expect(answer).toMatchObject({ rows: [{ grams: 12.5 }], total: 3 });
    expect(answer.issues.map(({ message }) => message).join()).toContain('colour');
  });

  it('takes names and types that do not follow from the rows', async () => {
    const columns = [
      { name: 'id', type: 'integer' },
      { name: 'sown_on', type: 'date' },
    ];
    const answer = await preview({ transform: { kind: 'none' }, columns, rows: [] });
    expect(answer).toMatchObject({ columns, rows: [] });
    expect(await send({ transform: { kind: 'none' }, rows: [] })).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'missing', loc: ['body', 'columns'] }] },
    });
  });

  it('uses registered transformations, and says which version', async () => {
    await api.send('PUT', '/transformations/heaviest', { type: 'sql', body: { sql_query: 'SELECT MAX(grams) AS g FROM input_data' } });
    const answer = await preview({ transform: { kind: 'sql', config: { transformation_id: 'heaviest' } }, rows: ROWS });
    expect(answer).toMatchObject({ rows: [{ g: 12.5 }], transformations: [{ transformation_id: 'heaviest', version: 1 }] });
    expect(await send({ transform: { kind: 'sql', config: { transformation_id: 'lightest' } }, rows: ROWS })).toMatchObject({
      status: 404,
    });
  });

  it('takes the first rows of what a run staged, with their types', async () => {
    const runId = randomUUID();
    const store = openObjectStore(objectStoreConfig.read({ OBJECT_STORE_URL: pathToFileURL(join(api.folder, 'store')).href }));
    const dataset = await new StagingStore(store).open(runId, 'extract');
    const lines = Array.from({ length: 1500 }, (_, index) => `${index},x`);
    await dataset.write({
      stream: 'rows',
      name: 'part',
      resumeToken: '1',
      format: 'csv',
      content: (async function* () {
        yield Buffer.from(`n,word\n${lines.join('\n')}\n`);
      })(),
      summary: () => ({ rows: lines.length, columns: ['n', 'word'], types: ['integer', 'string'] }),
    });
    await dataset.seal({});
    const transform = sql('SELECT COUNT(*) AS n, MAX(n) AS last FROM input_data');
    expect((await preview({ transform, data_id: `${runId}.extract` })).rows).toEqual([{ n: 1000, last: 999 }]);
    const missing = `${randomUUID()}.extract`;
    expect(await send({ transform, data_id: missing })).toMatchObject({ status: 404, body: { detail: `Data ${missing} not found` } });
  });

  it('names every fault with its place', async () => {
    const transform = [sql('SELECT :a AS a FROM nowhere'), { kind: 'config', config: { selekt: [], limit: -1 } }];
    expect(await faults({ transform, rows: ROWS })).toEqual([
      expect.stringMatching(/^body\.transform\.1\.config\.limit: /),
      'body.transform.1.config.selekt: there is no such key',
    ]);
    expect(await faults({ transform: transform.slice(0, 1), rows: ROWS })).toEqual([
      "body.transform.0.config.parameters.a: A value is required for bind parameter 'a'",
      'body.transform.0.config.sql_query: there is no relation "nowhere" here; there are sample, input_data',
    ]);
    expect(await faults({ transformation: { type: 'sqll' }, rows: ROWS })).toEqual([
      expect.stringMatching(/^body\.transformation\.type: there is no kind sqll; expected one of none, sql, config, code/),
    ]);
    expect(await faults({ transform: { kind: 'mapping' }, rows: ROWS })).toEqual([
      'body.transform.kind: a mapping is for whole extracts; start its pipeline with dryRun',
    ]);
    expect(await faults({ rows: 3, limit: 0, extra: 1 })).toEqual([
      'body.transform: Field required',
      'body.rows: Input should be a valid list',
      'body.limit: Input should be greater than or equal to 1',
      'body.extra: Extra inputs are not permitted',
    ]);
    expect(await faults({ transform: { kind: 'none' } })).toEqual(['body.rows: Field required: either rows or data_id']);
  });

  it('refuses hostile SQL with its reason', async () => {
    const [fault] = await faults({ transform: sql("SELECT * FROM read_csv('/etc/passwd')"), rows: ROWS });
    expect(fault).toContain('read_csv() reads something else than the data');
  });

  it('ends what takes too long or too much, refuses more at once, answers others meanwhile, and leaves nothing behind', async () => {
    const slow = send({ transform: ENDLESS, rows: ROWS });
    expect(await send({ transform: { kind: 'none' }, rows: ROWS })).toMatchObject({ status: 429, body: { code: 'preview-busy' } });
    expect(await api.send('GET', '/health')).toMatchObject({ status: 200 });
    expect(await slow).toMatchObject({ status: 422, body: { code: 'transform-failed', detail: expect.stringContaining('after 5000 ms') } });
    const large = sql("SELECT repeat('x', 100000) AS x FROM range(100)");
    expect(await send({ transform: large, rows: ROWS })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('larger than') },
    });
    const hoard = sql('SELECT list(a.range) AS l FROM range(100000000) a');
    expect(await send({ transform: hoard, rows: ROWS })).toMatchObject({ status: 422, body: { code: 'transform-failed' } });
    expect(await readdir(join(api.folder, 'spill'))).toEqual([]);
  });
});
