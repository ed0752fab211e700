import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { ApiClient } from './api-client';
import { PipelineClient } from './pipeline-client';
import { PlatformUnderTest } from './platform-under-test';

const TRAYS = `
  create table trays (tray_id int, crop text, seeds text);
  insert into trays values (11, 'Basil', '40'), (12, 'chard', 'many'), (13, null, '25')`;
const SCHEMA = {
  columns: [
    { name: 'tray_id', dtype: 'int', nullable: false },
    { name: 'grade', dtype: 'string', default: 'B' },
    { name: 'seeds', dtype: 'integer', default: 0 },
  ],
};

interface RunView {
  readonly report: { readonly transformations?: readonly unknown[] };
  readonly issues: readonly { readonly message: string }[];
}
interface SchemaVersion {
  readonly version: number;
  readonly columns: readonly { readonly name: string; readonly dtype: string; readonly nullable: boolean }[];
}

const pipeline = (table_name: string, more: object = {}, query = 'select * from trays order by 1') => ({
  ingestion: { query },
  transformation: { type: 'none' },
  persistence: { table_name, strategy: 'append' },
  ...more,
});

describe('pipelines that name transformations and schemas', () => {
  let platform: PlatformUnderTest;
  let garden: TestDatabase;
  let api: ApiClient;
  let pipelines: PipelineClient;

  beforeAll(async () => {
    garden = await createTestDatabase({ migrated: false });
    await garden.pool.query(TRAYS);
    platform = await PlatformUnderTest.create({ env: { SOURCE_DB_URL: garden.url } });
    ({ api } = await platform.startBoth());
    pipelines = new PipelineClient(api);
  });
  afterAll(async () => {
    await platform.dispose();
    await garden.drop();
  });

  const rows = async (sql: string): Promise<readonly unknown[]> => (await platform.pool.query<Record<string, unknown>>(sql)).rows;
  const put = async (path: string, body: object): Promise<void> => {
    expect(await api.send('PUT', path, body)).toMatchObject({ status: 200 });
  };

  it('runs the version that a step names, else the latest, and the run says which', async () => {
    for (const n of [1, 2])
      await put('/transformations/mark', { type: 'sql', body: { sql_query: `select tray_id, ${n} as v from input_data` } });
    const steps = [
      { type: 'sql', name: 'first', config: { transformation_id: 'mark', version: 1 } },
      { type: 'sql', config: { transformation_id: 'mark' } },
      {
        type: 'sql',
        config: { sql_query: 'select a.tray_id::int as id, a.v::int as a, b.v::int as b from first a join input_data b using (tray_id)' },
      },
    ];
    const report = await pipelines.run(pipeline('marked', { transformation: steps }), 'marks');
    const used = [1, 2].map((version) => ({ transformation_id: 'mark', version }));
    expect(report).toMatchObject({
      status: 'completed',
      result: { transformation: { transformations: used }, persistence: { rows_written: 3 } },
    });
    expect(await rows('select id::int, a::int, b::int from marked order by 1')).toEqual([11, 12, 13].map((id) => ({ id, a: 1, b: 2 })));
    expect((await pipelines.runOf<RunView>('marks')).report).toEqual({ transformations: used });
  });

  it('uses them in definitions too', async () => {
    const transform = { kind: 'sql', config: { transformation_id: 'mark', version: 2 } };
    const source = { kind: 'database', config: { query: 'select * from trays' } };
    await put('/definitions/marks-again', {
      name: 'marks-again',
      source,
      transform,
      target: { table: 'marked_again' },
      load: { strategy: 'append' },
    });
    expect(await api.runToItsEnd({ pipeline: 'marks-again' })).toMatchObject({
      status: 'succeeded',
      report: { transformations: [{ transformation_id: 'mark', version: 2 }] },
    });
  });

  it('mends rows to a schema before they are transformed, and counts what it mended', async () => {
    await put('/schemas/trays', SCHEMA);
    const transformation = { type: 'sql', config: { sql_query: 'select tray_id, grade, seeds + 1 as more from input_data' } };
    const report = await pipelines.run(pipeline('mended', { transformation, schema_validation: { input: 'trays' } }), 'mends');
    expect(report).toMatchObject({ status: 'completed' });
    expect(await rows('select tray_id::int, grade, more::int from mended order by 1')).toEqual([
      { tray_id: 11, grade: 'B', more: 41 },
      { tray_id: 12, grade: 'B', more: 1 },
      { tray_id: 13, grade: 'B', more: 26 },
    ]);
    const { issues } = await pipelines.runOf<RunView>('mends');
    expect(issues.map(({ message }) => message)).toEqual([
      "Missing columns were added: {'grade'}",
      '1 failed conversion to integer in column "seeds"',
    ]);
  });

  it('holds what a transform makes to a schema, and loads nothing that does not keep to it', async () => {
    const schema_validation = { output: SCHEMA, strict: true };
    const report = await pipelines.run(pipeline('refused', { schema_validation }));
    expect(report).toMatchObject({ status: 'failed', error: expect.stringContaining("Missing required columns: {'grade'}") as string });
    const ordered = { output: { columns: [{ name: 'seeds', dtype: 'string' }] }, allow_extra_columns: false };
    expect(await pipelines.run(pipeline('narrow', { schema_validation: ordered }))).toMatchObject({ status: 'completed' });
    expect(await rows('select * from narrow order by 1')).toEqual([{ seeds: '25' }, { seeds: '40' }, { seeds: 'many' }]);
    expect(await rows(`select to_regclass('refused') as found`)).toEqual([{ found: null }]);
  });

  it('keeps what a table holds as a version whenever a load changed it', async () => {
    const load = (query: string) =>
      pipelines.run(pipeline('grown', { persistence: { table_name: 'grown', strategy: 'append', evolution: 'evolve' } }, query));
    await load('select 1::int as id, 1.5::numeric as w');
    await load('select 2::int as id, 2.5::numeric as w');
    await load(`select 3::int as id, 'x' as note`);
    const versions = await api.get<SchemaVersion[]>('/schemas/public.grown/versions');
    expect(versions.map(({ version, columns }) => [version, columns.map(({ name, dtype }) => `${name} ${dtype}`)])).toEqual([
      [2, ['id integer', 'w decimal', 'note string']],
      [1, ['id integer', 'w decimal']],
    ]);
  });

  it('never touches tables of the names that transforms use, nor the rows of another run (C-36)', async () => {
    await platform.pool.query('create table input_data as select generate_series(1, 3) as n');
    const one = (n: number) =>
      pipelines.run(
        pipeline(
          `sums_${n}`,
          { transformation: { type: 'sql', config: { sql_query: 'select sum(n)::bigint as s from input_data' } } },
          `select g * ${n} as n from generate_series(1, 1000) g`,
        ),
      );
    await Promise.all([one(1), one(1000)]);
    expect(await rows('select (select s::int from sums_1) as a, (select s::int from sums_1000) as b')).toEqual([
      { a: 500_500, b: 500_500_000 },
    ]);
    expect(await rows('select count(*)::int as n from input_data')).toEqual([{ n: 3 }]);
  });
});
