import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { ApiClient, RunView, StartedRun } from './api-client';
import { obstruct } from './obstacle';
import { PipelineClient } from './pipeline-client';
import { PlatformUnderTest } from './platform-under-test';

const COLUMNS = `code text unique, qty int, changed_at timestamptz not null default clock_timestamp()`;
/** Three workers, two of which wait for the lease of the one before. */
const PATIENCE_MS = 300_000;

/** What these tests look at in a manifest. */
interface Manifest {
  readonly sources: readonly object[];
  readonly tables: readonly object[];
}

type Difference = Readonly<Record<string, readonly { readonly change: string; readonly row: { readonly qty: string } }[]>>;

describe('rows that are gone from a source database', () => {
  let platform: PlatformUnderTest;
  let source: TestDatabase;
  let api: ApiClient;

  beforeAll(async () => {
    source = await createTestDatabase({ migrated: false });
    platform = await PlatformUnderTest.create({ env: { SOURCE_DB_URL: source.url } });
    ({ api } = await platform.startBoth());
  });
  afterAll(async () => {
    await platform.dispose();
    await source.drop();
  });

  /** A table with so many rows, one without a key, at the source, an empty one to load it into, and the pipeline between them. */
  const definition = (name: string) => ({
    source: {
      kind: 'database',
      config: { query: `select * from ${name}`, incremental: { column: 'changed_at' }, deletes: { key: ['code'] } },
    },
    target: { table: name },
    load: { strategy: 'upsert', keys: ['code'], proof: 'hash' },
  });
  const plant = async (name: string, rows: number, rest: object = {}): Promise<void> => {
    await source.pool.query(
      `create table ${name} (${COLUMNS}); insert into ${name} select case n when 4 then null else 'é "' || n || '"' end, n from generate_series(1, ${rows}) n`,
    );
    await platform.pool.query(`create table ${name} (${COLUMNS})`);
    expect(await api.send('PUT', `/definitions/${name}`, { ...definition(name), ...rest })).toMatchObject({ status: 200 });
  };
  const run = async (pipeline: string, body: object = {}): Promise<RunView> => {
    const ended = await api.runToItsEnd({ pipeline, ...body });
    expect(ended).toMatchObject({ status: 'succeeded', error: null });
    return ended;
  };
  const content = async ({ pool }: Pick<TestDatabase, 'pool'>, table: string): Promise<unknown[]> =>
    (await pool.query<{ row: string }>(`select t::text as row from ${table} t order by code`)).rows;
  const expectSame = async (table: string): Promise<void> => expect(await content(platform, table)).toEqual(await content(source, table));
  const change = (name: string): Promise<unknown> =>
    source.pool.query(`update ${name} set qty = -qty, changed_at = default where qty = 2;
      delete from ${name} where qty in (3, 4); insert into ${name} (code, qty) values ('', 1000), ('\\.', 1001)`);

  it('are deleted by an incremental run, which leaves exactly what the source has', async () => {
    await plant('beds', 10);
    expect((await run('beds')).tables).toMatchObject([{ inserted: 10, deleted: 0 }]);
    expect((await run('beds')).tables).toMatchObject([{ inserted: 0, deleted: 0, rows: 10 }]);
    await expectSame('beds');
    await change('beds');
    const { runId: dry } = await run('beds', { dryRun: true });
    const { beds } = await api.get<Difference>(`/runs/${dry}/difference`);
    const quantities = (kind: string) => beds?.filter((each) => each.change === kind).map(({ row }) => Number(row.qty));
    expect([quantities('delete')?.sort(), quantities('insert')?.sort()]).toEqual([[2, 3, 4], [-2, 1000, 1001]]); // prettier-ignore
    const { runId, tables, stages } = await run('beds');
    expect(tables).toMatchObject([{ table: 'beds', inserted: 2, updated: 1, deleted: 2, rows: 10 }]);
    expect(stages[0]).toMatchObject({ name: 'extract', rows: 3 });
    await expectSame('beds');
    const { sources, tables: proofs } = await api.get<Manifest>(`/runs/${runId}/manifest`);
    const hash = expect.stringMatching(/^[0-9]+$/) as string;
    expect(sources).toMatchObject([{ stream: 'input_data', rows: 3, hash }, { stream: 'input_keys', rows: 10, hash }]); // prettier-ignore
    expect(proofs).toMatchObject([{ source: { rows: 3, hash }, staged: { rows: 3 }, published: { rows: 3, hash, deleted: 2 } }]);
    expect((await run('beds')).tables).toMatchObject([{ inserted: 0, updated: 0, deleted: 0 }]);
    expect((await platform.pool.query(`select from pg_tables where tablename like 'input%'`)).rowCount).toBe(0);
  });

  it('stay, all of them, when they are implausibly many, until it is allowed', async () => {
    await plant('fields', 200);
    await run('fields');
    const before = await content(platform, 'fields');
    await change('fields');
    await source.pool.query('delete from fields where qty between 50 and 150');
    const refused = await api.runToItsEnd({ pipeline: 'fields' });
    expect(refused).toMatchObject({ status: 'failed', error: { code: 'shrink-refused' } });
    expect(await content(platform, 'fields')).toEqual(before);
    expect((await run('fields', { parameters: { allowShrink: true } })).tables).toMatchObject([{ inserted: 2, updated: 1, deleted: 103 }]);
    await expectSame('fields');
    // What the refused run knows is older than what the table has now.
    await api.ended((await api.send<StartedRun>('POST', `/runs/${refused.runId}/resume`)).body.taskId);
    expect(await api.run(refused.runId)).toMatchObject({ status: 'failed', error: { code: 'superseded' } });
    await expectSame('fields');
    await source.pool.query('delete from fields');
    expect(await api.runToItsEnd({ pipeline: 'fields' })).toMatchObject({ status: 'failed', error: { code: 'shrink-refused' } });
    expect((await run('fields', { parameters: { allowShrink: true } })).tables).toMatchObject([{ deleted: 99, rows: 0 }]);
  });

  it('are deleted behind a transform that leaves keys alone, and nothing is behind one that does not', async () => {
    const sql = (expression: string) => ({
      kind: 'sql',
      config: { sql_query: `select ${expression} as code, qty, changed_at from input_data` },
    });
    await plant('herbs', 10, { transform: [sql('code'), { kind: 'config', config: { filter: { qty: { '>': 1 } } } }] });
    await run('herbs');
    await change('herbs');
    expect((await run('herbs')).tables).toMatchObject([{ inserted: 2, updated: 0, deleted: 2, rows: 9 }]);
    await plant('spices', 3, { transform: sql('lower(code)') });
    await run('spices');
    await source.pool.query(`insert into spices (code) values ('Up')`);
    const refused = { code: 'load-unproven', message: expect.stringContaining('keys that their source does not list') as string };
    expect(await api.runToItsEnd({ pipeline: 'spices' })).toMatchObject({ status: 'failed', error: refused });
  });

  it('are deleted by pipelines that come along with their request', async () => {
    await plant('ponds', 5);
    const { config } = definition('ponds').source;
    const persistence = { table_name: 'ponds', strategy: 'upsert', upsert_keys: ['code'] };
    const client = new PipelineClient(api);
    const pipeline = { ingestion: config, transformation: { type: 'none' }, persistence };
    expect(await client.run(pipeline, 'pond')).toMatchObject({ status: 'completed' });
    await change('ponds');
    expect(await client.run(pipeline, 'pond')).toMatchObject({ status: 'completed' });
    await expectSame('ponds');
    const refused = await client.send('/pipelines', {
      pipeline_config: { ...pipeline, persistence: { ...persistence, upsert_keys: ['qty'] } },
    });
    expect(refused).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'pipeline_config', 'persistence', 'upsert_keys'] }] } });
  });

  it('are told from rows that came later, run after run, while writers insert, update and delete', async () => {
    await plant('weeds', 50);
    let isOver = false;
    let written = 0;
    const writer = async (): Promise<void> => {
      const client = await source.pool.connect();
      while (!isOver) {
        written += 1;
        const some = `(select code from weeds where code is not null order by random() limit 1)`;
        await client.query(`begin; insert into weeds (code, qty) values (gen_random_uuid(), 1);
          update weeds set qty = qty + 1, changed_at = default where code in ${some}; select pg_sleep(random() * 0.05); commit`);
        await client.query(`delete from weeds where code in ${some} and random() < 0.4`);
      }
      client.release();
    };
    const seen = async ({ pool }: Pick<TestDatabase, 'pool'>): Promise<ReadonlySet<string>> =>
      new Set((await pool.query<{ row: string }>('select code || changed_at as row from weeds')).rows.map(({ row }) => row));
    const codes = async ({ pool }: Pick<TestDatabase, 'pool'>): Promise<readonly (string | null)[]> =>
      (await pool.query<{ code: string | null }>('select code from weeds')).rows.map(({ code }) => code);
    const writers = Promise.all([writer(), writer()]);
    const everBefore = new Set<string | null>();
    for (let round = 0; round < 4; round += 1) {
      const [before, codesBefore] = [await seen(source), await codes(source)];
      await run('weeds', { parameters: { allowShrink: true } });
      const [after, published, codesPublished] = [await seen(source), await seen(platform), await codes(platform)];
      expect([...before].filter((row) => after.has(row) && !published.has(row))).toEqual([]);
      expect(codesPublished.filter((code) => everBefore.has(code) && !codesBefore.includes(code))).toEqual([]);
      for (const code of codesBefore) everBefore.add(code);
    }
    isOver = true;
    await writers;
    await run('weeds', { parameters: { allowShrink: true } });
    expect(written).toBeGreaterThan(20);
    await expectSame('weeds');
  });

  it(
    'are deleted once by a run whose workers are killed before and after its publication',
    async () => {
      await plant('hedges', 10);
      await run('hedges');
      await change('hedges');
      await platform.endWorkers('SIGTERM');
      const { runId, taskId } = await api.startRun({ pipeline: 'hedges' });
      const publishing = await obstruct(platform.pool, 'select 1 from hedges where qty = 3 for update');
      await platform.startWorker();
      await publishing.reached();
      await platform.endWorkers('SIGKILL');
      await publishing.remove();
      expect((await platform.pool.query('select from hedges where qty = 3')).rowCount).toBe(1);
      const committing = await obstruct(platform.pool, 'select 1 from hedges where qty = 3 for update');
      await platform.startWorker();
      await committing.reached();
      const recording = await obstruct(platform.pool, 'select 1 from tributary.run where id = $1 for no key update', [runId]);
      await committing.remove();
      await recording.reached();
      await platform.endWorkers('SIGKILL');
      await recording.remove();
      await platform.startWorker();
      expect(await api.ended(taskId)).toMatchObject({ status: 'finished' });
      expect((await api.run(runId)).tables).toMatchObject([{ inserted: 2, updated: 1, deleted: 2, rows: 10 }]);
      await expectSame('hedges');
    },
    PATIENCE_MS,
  );
});
