import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTestDatabase, eventually, type TestDatabase } from '@app/testing';
import type { ApiClient } from './api-client';
import { obstruct } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';

const CLI = join(__dirname, '../dist/apps/cli/src/main.js');
const TRAYS = `
  create table trays (tray_id int, crop text, bay text, seeds int, grams float, sown_on timestamp, alive bool);
  insert into trays values (11, 'Basil', 'N1', 40, 12.5, '2025-04-02 08:00', true), (12, 'chard', 'N1', null, 7.25, '2025-04-03 09:30', false),
    (13, null, 'S2', 25, null, null, true), (14, 'Basil', null, 10, 3, '2025-05-20', null), (15, 'Dill', 'S2', 25, 8, '2025-05-21', true)`;
const ROWS = [
  [11, 'Basil', 'N1', 40, 12.5, '2025-04-02 08:00:00', true],
  [12, 'chard', 'N1', null, 7.25, '2025-04-03 09:30:00', false],
  [13, null, 'S2', 25, null, null, true],
  [14, 'Basil', null, 10, 3, '2025-05-20 00:00:00', null],
  [15, 'Dill', 'S2', 25, 8, '2025-05-21 00:00:00', true],
];
const COLUMNS = ['tray_id', 'crop', 'bay', 'seeds', 'grams', 'sown_on', 'alive'];

type Stage = Readonly<Record<string, unknown>> & { readonly data_id: string };
interface Report {
  readonly task_id: string;
  readonly status: string;
  readonly error: string | null;
  readonly result: { readonly ingestion: Stage; readonly transformation: Stage; readonly persistence: Stage } | null;
}

const pipeline = (query: string, table_name: string, transformation: object = { type: 'none' }, persistence: object = {}) => ({
  ingestion: { query },
  transformation,
  persistence: { table_name, strategy: 'append', ...persistence },
});

describe('the pipeline platform', () => {
  let platform: PlatformUnderTest;
  let garden: TestDatabase;
  let api: ApiClient;

  beforeAll(async () => {
    garden = await createTestDatabase({ migrated: false });
    await garden.pool.query(TRAYS);
    platform = await PlatformUnderTest.create({ env: { SOURCE_DB_URL: garden.url, RETRY_DELAY: '0.1' } });
    mkdirSync(join(platform.folder, 'modules'));
    writeFileSync(
      join(platform.folder, 'modules/heavy.mjs'),
      'export async function* transform(batches, { limit }) { for await (const rows of batches) yield rows.filter((row) => row.grams > limit); }',
    );
    ({ api } = await platform.startBoth({ TRANSFORM_MODULES_DIR: join(platform.folder, 'modules') }));
  });
  afterAll(async () => {
    await platform.dispose();
    await garden.drop();
  });

  const submit = async (path: string, body: object, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await api.send<{ task_id: string; pipeline_id: string }>('POST', path, body, headers);
    expect(answer).toMatchObject({ status: 200, body: { status: 'submitted', result: null } });
    return answer.body;
  };
  const ended = (taskId: string): Promise<Report> =>
    eventually(`task ${taskId} ends`, async () => {
      const report = await api.get<Report>(`/tasks/${taskId}`);
      return report.status !== 'pending' && report;
    });
  const run = async (pipeline_config: object, pipeline_id?: string): Promise<Report> =>
    ended((await submit('/pipelines', { pipeline_config, ...(pipeline_id && { pipeline_id }) })).task_id);
  const rows = async (sql: string): Promise<unknown[]> =>
    (await platform.pool.query<Record<string, unknown>>({ text: sql, rowMode: 'array' } as never)).rows;

  it('makes the table of a first load, with every value and type as they were', async () => {
    const { pipeline_id, task_id } = await submit('/pipelines', { pipeline_config: pipeline('select * from trays order by 1', 'copied') });
    expect(await ended(task_id)).toMatchObject({
      status: 'completed',
      error: null,
      result: {
        status: 'success',
        pipeline_id,
        ingestion: { status: 'success', row_count: 5, columns: COLUMNS, pipeline_id, task_id },
        transformation: { status: 'success', row_count: 5, columns: COLUMNS },
        persistence: { status: 'success', rows_written: 5, table: 'copied' },
      },
    });
    expect(await rows('select tray_id::int, crop, bay, seeds::int, grams, sown_on::text, alive from copied order by 1')).toEqual(ROWS);
    const types = await rows(`select data_type from information_schema.columns where table_name = 'copied' order by ordinal_position`);
    expect(types.flat()).toEqual(['bigint', 'text', 'text', 'bigint', 'double precision', 'timestamp without time zone', 'boolean']);
  });

  it.each([
    ['sql', { type: 'sql', config: { sql_query: 'select tray_id, upper(crop) as c from input_data where seeds > :lo', parameters: { lo: 20 } } }, [[11, 'BASIL'], [13, null], [15, 'DILL']]], // prettier-ignore
    ['config', { type: 'config', config: { config: { select: ['tray_id', 'crop'], filter: { crop: 'Basil' } } } }, [[11, 'Basil'], [14, 'Basil']]], // prettier-ignore
    [
      'code',
      { type: 'code', config: { function_path: 'heavy', kwargs: { limit: 7.5 } } },
      [
        [11, 'Basil'],
        [15, 'Dill'],
      ],
    ],
    ['chain', [{ type: 'sql', config: { sql_query: 'select * from input_data where grams > 3' } }, { type: 'config', config: { select: ['tray_id', 'bay', 'grams'] } }, { type: 'code', config: { function_path: 'heavy', kwargs: { limit: 7.5 } } }], [[11, 'N1'], [15, 'S2']]], // prettier-ignore
  ])('transforms by %s on the way', async (name, transformation, expected) => {
    const columns = name === 'sql' || name === 'config' ? 'tray_id, crop, seeds' : name === 'code' ? 'tray_id, crop, grams' : '*';
    const report = await run(pipeline(`select ${columns} from trays`, `by_${name}`, transformation));
    expect(report).toMatchObject({ status: 'completed', result: { persistence: { rows_written: expected.length } } });
    const found = (await rows(`select * from by_${name} order by 1`)).map((row) => (row as unknown[]).slice(0, 2));
    expect(found.map(([id, cell]) => [Number(id), cell])).toEqual(expected);
  });

  it('hands the rows of one task to the next, and their counts only to clients', async () => {
    const ingested = await ended((await submit('/tasks/ingest', { query: 'select * from trays', batch_size: '2' })).task_id);
    const { data_id, ...ingestion } = ingested.result as unknown as Stage;
    expect(ingestion).toMatchObject({ row_count: 5, columns: COLUMNS });
    const sql_query = 'select bay, count(*) as n, sum(grams) as g, max(sown_on) as last from input_data group by bay';
    const request = { transformation_type: 'sql', transformation_config: { sql_query }, data_id };
    const transformed = await ended((await submit('/tasks/transform', request)).task_id);
    expect(transformed.result).toMatchObject({ row_count: 3, columns: ['bay', 'n', 'g', 'last'] });
    const stage = transformed.result as unknown as Stage;
    const persisted = await ended(
      (await submit('/tasks/persist', { table_name: 'bays', strategy: 'append', data_id: stage.data_id })).task_id,
    );
    expect(persisted).toMatchObject({ status: 'completed', result: { rows_written: 3, table: 'bays' } });
    expect(await rows('select bay, n::int, g, last::text from bays order by 1')).toEqual([
      ['N1', 2, 19.75, '2025-04-03 09:30:00'],
      ['S2', 2, 8, '2025-05-21 00:00:00'],
      [null, 1, 3, '2025-05-20 00:00:00'],
    ]);
    expect(JSON.stringify([ingested, transformed, persisted])).not.toContain('Basil');
  });

  it('tells runs with similar ids apart (C-08), and names each that has none (C-11)', async () => {
    const config = pipeline('select 1 as n', 'ids');
    const first = await run(config, 'p-1');
    await run(config, 'p-10');
    expect(await api.get('/pipelines/p-1/status')).toEqual(first);
    const [a, b] = await Promise.all([
      submit('/pipelines', { pipeline_config: config }),
      submit('/pipelines', { pipeline_config: config }),
    ]);
    expect(a.pipeline_id).not.toBe(b.pipeline_id);
    await Promise.all([ended(a.task_id), ended(b.task_id)]);
  });

  it('fails once, naming the table, when it is not there (C-09)', async () => {
    const { task_id } = await submit('/pipelines', {
      pipeline_config: pipeline('select 1 as n', 'nowhere', undefined, { strategy: 'insert' }),
    });
    expect(await ended(task_id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('nowhere') as string,
      result: { status: 'error', ingestion: { row_count: 1 } },
    });
    expect(await rows(`select attempt from tributary.task where id = '${task_id}'`)).toEqual([[1]]);
  });

  it('completes with no row at all (C-12)', async () => {
    expect(await run(pipeline('select * from trays where false', 'empty'))).toMatchObject({
      status: 'completed',
      result: {
        ingestion: { data_id: null, row_count: 0, columns: [] },
        transformation: { data_id: null, row_count: 0 },
        persistence: { rows_written: 0 },
      },
    });
  });

  it('names the columns of a transform that leaves no row (C-33)', async () => {
    const transformation = { type: 'sql', config: { sql_query: 'SELECT tray_id FROM input_data WHERE seeds > 1000' } };
    expect(await run(pipeline('select * from trays', 'none_left', transformation))).toMatchObject({
      result: { transformation: { row_count: 0, columns: ['tray_id'] } },
    });
  });

  it('answers counts only, however many rows there were (C-14)', async () => {
    const report = await run(pipeline(`select g as id, 'leaf ' || g as label from generate_series(1, 100000) g`, 'leaves'));
    expect(report).toMatchObject({ result: { persistence: { rows_written: 100_000 } } });
    expect(JSON.stringify(report).length).toBeLessThan(10_000);
    expect(JSON.stringify(report)).not.toContain('leaf ');
  });

  it('writes what changed by keys, and says how many rows fell together', async () => {
    await platform.pool.query(
      `create table stock (id int primary key, label text default 'none', qty int); insert into stock values (1, 'old', 5)`,
    );
    const query = `select * from (values (1, 6), (60, 1), (61, 2), (60, 3)) v(id, qty)`;
    const report = await run(pipeline(query, 'stock', undefined, { strategy: 'upsert', upsert_keys: ['id'] }));
    expect(report).toMatchObject({ status: 'completed', result: { persistence: { collapsed: 1 } } });
    expect(await rows('select * from stock order by 1')).toEqual([[1, 'old', 6], [60, 'none', 3], [61, 'none', 2]]); // prettier-ignore
  });

  it('says what it printed for good and bad pipelines (C-17, C-18)', async () => {
    const cli = async (config: object) => {
      const path = join(platform.folder, 'plan.json');
      writeFileSync(path, JSON.stringify(config));
      const child = spawn(process.execPath, [CLI, 'pipeline', 'run', '--config', path, '--wait'], {
        env: { PATH: process.env.PATH ?? '', TRIBUTARY_API_URL: api.url },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const exited = new Promise((resolve) => child.on('exit', resolve));
      return { stdout: await text(child.stdout), exitCode: await exited };
    };
    expect(await cli(pipeline('select * from trays', 'by_cli'))).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/\n✓ Pipeline completed successfully!\n {2}Ingestion: 5 rows\n {2}Transformation: 5 rows\n {2}Persistence: 5 rows written\n$/) as string, // prettier-ignore
    });
    expect(await cli(pipeline('select * from weeds', 'by_cli'))).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/\n✗ Pipeline failed: .*weeds/) as string,
    });
  });

  it('carries a correlation id from the request to the lines of the worker (C-90)', async () => {
    const { task_id } = await submit('/pipelines', { pipeline_config: pipeline('select 1 as n', 'traced') }, { 'X-Correlation-Id': 'c-1' });
    await ended(task_id);
    const lines = () => platform.output.split('\n').filter((line) => line.includes(`"task_id":"${task_id}"`));
    const isLogged = (message: string) => lines().some((line) => line.includes(`"message":"${message}`));
    await eventually('the log has the end of the task', () => isLogged(`Task completed: ${task_id}`));
    for (const scope of ['Pipeline', 'Pipeline stage']) {
      expect([scope, isLogged(`${scope} started: `), isLogged(`${scope} completed: `)]).toEqual([scope, true, true]);
    }
    expect(lines().filter((line) => !line.includes('c-1'))).toEqual([]);
  });

  it('adds rows once although the worker dies between commit and report (C-80)', async () => {
    const held = await obstruct(platform.pool, `create table appended (n bigint)`);
    const { task_id } = await submit('/pipelines', {
      pipeline_config: pipeline('select g as n from generate_series(1, 10) g', 'appended'),
    });
    await held.reached().catch(() => undefined);
    const [[runId]] = (await rows(`select id from tributary.run where task_id = '${task_id}'`)) as [[string]];
    const record = await obstruct(platform.pool, 'select 1 from tributary.run where id = $1 for no key update', [runId]);
    await held.remove();
    await record.reached();
    await platform.endWorkers('SIGKILL');
    expect(await rows('select count(*)::int from appended')).toEqual([[10]]);
    await record.remove();
    await platform.startWorker();
    expect(await ended(task_id)).toMatchObject({ status: 'completed', result: { persistence: { rows_written: 10 } } });
    expect(await rows('select count(*)::int from appended')).toEqual([[10]]);
  });
});
