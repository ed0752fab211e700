import { randomUUID } from 'node:crypto';
import type { StagedTable } from '@app/platform';
import { control, stage, TestWarehouse } from '../../test/test-warehouse';

const COLUMNS = { id: 'integer', note: 'string' } as const;
const numbered = (count: number, note: string) => Array.from({ length: count }, (_, id) => ({ id, note }));

describe('Publisher (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());

  const visits = (note: string, count = 10): StagedTable => stage('visit', COLUMNS, numbered(count, note));
  const places = (table: string) => test.rows(`select ctid::text, xmin::text from "${table}" order by ctid`);
  const stagingTables = () => test.rows<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'tributary_staging'`);
  beforeEach(() => test.pool.query('drop table if exists visit, lab, "Zone"'));

  it('makes missing tables and fills them, and reports what it wrote', async () => {
    const publication = await test.publish([visits('new'), stage('lab', COLUMNS, [])]);
    expect(publication).toMatchObject({ alreadyPublished: false, differences: {} });
    expect(publication.tables).toEqual([
      { table: 'visit', inserted: 10, deleted: 0, unchanged: 0, rows: 10 },
      { table: 'lab', inserted: 0, deleted: 0, unchanged: 0, rows: 0 },
    ]);
    expect(publication.publishedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(await test.rows('select count(*)::int as n from visit')).toEqual([{ n: 10 }]);
  });

  it('writes no row, and copies none, when nothing changed', async () => {
    await test.publish([visits('same')]);
    const before = await places('visit');
    const opened: string[] = [];
    const watched: StagedTable = {
      ...visits('same'),
      open: () => (opened.push('visit'), visits('same').open(new AbortController().signal)),
    };
    const { tables } = await test.publish([watched]);
    expect(tables).toEqual([{ table: 'visit', inserted: 0, deleted: 0, unchanged: 10, rows: 10 }]);
    expect(opened).toEqual([]);
    expect(await places('visit')).toEqual(before);
  });

  it('writes no row when only the columns are in another order', async () => {
    await test.publish([visits('same')]);
    const before = await places('visit');
    const { tables } = await test.publish([stage('visit', { note: 'string', id: 'integer' }, numbered(10, 'same'))]);
    expect(tables).toMatchObject([{ inserted: 0, deleted: 0, unchanged: 10 }]);
    expect(await places('visit')).toEqual(before);
  });

  it.each([
    ['a row added', `insert into visit values (99, 'by hand')`],
    ['a row changed', `update visit set note = 'by hand' where id = 3`],
    ['a row removed', `delete from visit where id = 3`],
    ['a row replaced by another', `with gone as (delete from visit where id = 3) insert into visit values (3, 'by hand')`],
    ['all rows removed', `truncate visit`],
    ['a table made anew', `alter table visit rename to old; create table visit as select id, 'other' as note from old; drop table old`],
    ['a column added with a value', `alter table visit add column extra text default 'by hand'`],
  ])('puts right %s by others since the last publication', async (_what, sql) => {
    await test.publish([visits('ours')]);
    await test.pool.query(sql);
    await test.publish([visits('ours')]);
    expect(await test.rows('select id::int, note from visit order by id')).toEqual(numbered(10, 'ours'));
    expect(await test.rows(`select from visit v where to_jsonb(v) ->> 'extra' is not null`)).toEqual([]);
  });

  it.each([
    ['unchanged', 'same', `update visit set note = 'late' where id = 1`],
    ['to be compared', 'new', `update visit set note = 'late' where id = 1`],
    ['emptied', 'new', 'truncate visit'],
  ])('is right although others write between load and publish (%s)', async (_mode, note, sql) => {
    await test.publish([visits('same')]);
    const request = { runId: randomUUID(), schema: 'public', tables: [visits(note)] };
    const loaded = await test.publisher.load(request, control());
    await test.pool.query(sql);
    await test.publisher.publish({ ...request, loaded, locks: [], allowShrink: true, dryRun: false }, control());
    expect(await test.rows('select id::int, note from visit order by id')).toEqual(numbered(10, note));
  });

  it('copies straight into an empty table, unless a column that is not staged would get its default', async () => {
    await test.pool.query(
      `create table visit (id bigint, note text, extra text); create table lab (id bigint, note text, extra text default 'form')`,
    );
    const request = { runId: randomUUID(), schema: 'public', tables: [visits('new'), stage('lab', COLUMNS, numbered(3, 'new'))] };
    expect(await test.publisher.load(request, control())).toMatchObject([{ mode: 'direct' }, { mode: 'compare' }]);
  });

  it('prepares its own tables once when several runs start together', async () => {
    await test.pool.query('drop schema tributary cascade; drop schema tributary_staging cascade');
    const loading = ['a', 'b', 'c', 'd'].map((runId) =>
      test.publisher.load({ runId, schema: 'public', tables: [visits('new')] }, control()),
    );
    await expect(Promise.all(loading)).resolves.toHaveLength(4);
  });

  it('fills by comparison a table that was empty at load and is not at publish', async () => {
    await test.pool.query('create table visit (id bigint, note text)');
    const request = { runId: randomUUID(), schema: 'public', tables: [visits('new')] };
    const loaded = await test.publisher.load(request, control());
    expect(loaded).toMatchObject([{ mode: 'direct', staging: null }]);
    await test.pool.query(`insert into visit values (1, 'new'), (77, 'late')`);
    const { tables } = await test.publisher.publish({ ...request, loaded, locks: [], allowShrink: true, dryRun: false }, control());
    expect(tables).toMatchObject([{ inserted: 9, deleted: 1, unchanged: 1, rows: 10 }]);
  });

  it('does not trust staging that a crash of the server has emptied', async () => {
    await test.publish([visits('old')]);
    const request = { runId: randomUUID(), schema: 'public', tables: [visits('new')] };
    const loaded = await test.publisher.load(request, control());
    await test.pool.query(`truncate tributary_staging."${loaded[0]?.staging}"`);
    const { tables } = await test.publisher.publish({ ...request, loaded, locks: [], allowShrink: true, dryRun: false }, control());
    expect(tables).toMatchObject([{ inserted: 10, deleted: 10, rows: 10 }]);
  });

  it('loads the same twice, and publishes once', async () => {
    await test.publish([visits('old')]);
    const request = { runId: randomUUID(), schema: 'public', tables: [visits('new')] };
    const first = await test.publisher.load(request, control());
    expect(await test.publisher.load(request, control())).toEqual(first);
    const publish = () => test.publisher.publish({ ...request, loaded: first, locks: [], allowShrink: false, dryRun: false }, control());
    const published = await publish();
    await test.pool.query(`update visit set note = 'since then'`);
    const before = await places('visit');
    expect(await publish()).toEqual({ ...published, alreadyPublished: true });
    expect(await places('visit')).toEqual(before);
  });

  it('changes nothing in a dry run and returns the rows it would write', async () => {
    await test.publish([visits('old', 3)]);
    const before = await places('visit');
    const changed = stage('visit', COLUMNS, [...numbered(2, 'old'), { id: '9007199254740993', note: null }]);
    const publication = await test.publish([changed, stage('lab', COLUMNS, numbered(5, 'new'))], { dryRun: true, differenceLimit: 2 });
    expect(publication).toMatchObject({ publishedAt: null, tables: [{ inserted: 1, deleted: 1, unchanged: 2 }, { inserted: 5 }] });
    expect(publication.differences.visit).toHaveLength(2);
    expect(publication.differences.visit).toEqual(
      expect.arrayContaining([
        { change: 'insert', row: { id: '9007199254740993', note: null } },
        { change: 'delete', row: { id: '2', note: 'old' } },
      ]),
    );
    expect(publication.differences.lab).toHaveLength(2);
    expect(await places('visit')).toEqual(before);
    expect(await test.rows(`select to_regclass('lab') as lab`)).toEqual([{ lab: null }]);
    expect((await test.publish([visits('old', 3)])).tables).toMatchObject([{ inserted: 0, deleted: 0 }]);
  });

  it('refuses to shrink tables, names all of them, and writes none', async () => {
    await test.publish([visits('old', 200), stage('lab', COLUMNS, numbered(100, 'old')), stage('Zone', COLUMNS, numbered(5, 'old'))]);
    const shrunk = (note: string) => [
      stage('Zone', COLUMNS, numbered(1, note)),
      visits(note, 99),
      stage('lab', COLUMNS, numbered(49, note)),
    ];
    await expect(test.publish(shrunk('new'), { allowShrink: false })).rejects.toMatchObject({
      code: 'shrink-refused',
      retryable: false,
      message: expect.stringMatching(/"visit" from 200 to 99 rows, "lab" from 100 to 49 rows.*allowShrink/),
    });
    expect(
      await test.rows(`select (select count(*) from "Zone")::int as zones, (select count(*) from visit where note = 'old')::int as visits`),
    ).toEqual([{ zones: 5, visits: 200 }]);
    expect((await test.publish(shrunk('new'), { allowShrink: true })).tables).toMatchObject([{ rows: 1 }, { rows: 99 }, { rows: 49 }]);
  });

  it('names every staged column that its target lacks', async () => {
    await test.pool.query('create table visit (id bigint); create table lab (note text)');
    const publishing = test.publish([visits('new'), stage('lab', COLUMNS, [])]);
    await expect(publishing).rejects.toMatchObject({
      code: 'catalog-mismatch',
      message: expect.stringContaining('"visit"."note", "lab"."id"'),
    });
  });

  it('analyses the tables of which more than a tenth changed', async () => {
    const analyzed = () =>
      test.rows<{ name: string }>(
        `select distinct tablename as name from pg_stats where schemaname = 'public' and tablename in ('visit', 'lab') order by 1`,
      );
    const { tables } = await test.publish([visits('new', 10), stage('lab', COLUMNS, numbered(10, 'new'))]);
    const change = tables.map((table) => (table.table === 'lab' ? { ...table, inserted: 1 } : { ...table, inserted: 2 }));
    await test.publisher.analyze('public', change);
    expect(await analyzed()).toEqual([{ name: 'visit' }]);
  });

  it('drops the staging tables of one run, or of all that are not alive', async () => {
    await test.publish([visits('old')]);
    const runs = [randomUUID(), randomUUID(), randomUUID()] as const;
    for (const runId of runs) await test.publisher.load({ runId, schema: 'public', tables: [visits('new')] }, control());
    await test.publisher.discard(runs[0]);
    expect(await test.publisher.sweep([runs[2]])).toBeGreaterThan(0);
    const request = { runId: runs[2], schema: 'public', tables: [visits('new')] };
    const [kept] = await test.publisher.load(request, control());
    expect(await stagingTables()).toEqual([{ name: kept?.staging }]);
    await test.publisher.sweep([]);
    expect(await stagingTables()).toEqual([]);
  });
});
