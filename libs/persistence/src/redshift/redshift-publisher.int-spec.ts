import { createHash, randomUUID } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { noTrees, ofFiles, picks, READER, RedshiftOrchard, trees, workers } from '../../test/redshift-orchard';
import { control, stage } from '../../test/test-warehouse';
import { MIN_PART_BYTES } from './load-parts';

const APPEND = { strategy: { kind: 'append' } } as const;

describe('RedshiftPublisher (protocol level: PostgreSQL with Redshift’s own statements intercepted)', () => {
  let orchard: RedshiftOrchard;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    orchard = await RedshiftOrchard.start();
  });
  afterAll(() => orchard.stop());
  beforeEach(() => orchard.reset());

  it('F-42: replaces three tables in one transaction: scratch tables, copies, swaps, commit', async () => {
    await orchard.publish([trees(), picks(), workers()], { access: { owner: READER, grants: [{ privilege: 'select', to: READER }] } });
    const prefix = orchard.redshift.parts.prefix;
    const shown = orchard.redshift.statements.map((sql) => sql.replaceAll(/[0-9a-f]{32}/g, '…').replaceAll(/\s+/g, ' '));
    const scratchOf = (table: string): string[] => [
      expect.stringContaining('from svv_relation_privileges') as string,
      `drop table if exists "orchard"."${table}_scratch"`,
      `drop table if exists "orchard"."${table}_old"`,
      `create table "orchard"."${table}_scratch" (like "orchard"."${table}" including defaults)`,
      `alter table "orchard"."${table}_scratch" owner to "${READER}"`,
      `grant select on "orchard"."${table}_scratch" to "${READER}"`,
    ];
    const copyOf = (table: string, columns: string): string[] => [
      `select count(*) as rows from "orchard"."${table}"`,
      `copy "orchard"."${table}_scratch" (${columns}) from 's3://parts/${prefix}redshift/…/…/manifest.json' iam_role 'arn:aws:iam::1:role/load' ` +
        `format csv gzip null as '<null:…>' maxerror 0 dateformat 'auto' timeformat 'auto' encoding utf8 manifest`,
      'select pg_last_copy_count() as rows',
    ];
    const swapOf = (table: string): string[] => [
      `alter table "orchard"."${table}" rename to "${table}_old"`,
      `alter table "orchard"."${table}_scratch" rename to "${table}"`,
      `drop table "orchard"."${table}_old"`,
    ];
    expect(shown).toEqual([
      'begin',
      'lock table tributary.publication',
      expect.stringContaining('from tributary.publication where run_id'),
      ...['tree', 'pick', 'worker'].flatMap(scratchOf),
      ...copyOf('tree', '"tree_id", "species", "alive", "row_code"'),
      ...copyOf('pick', '"pick_id", "tree_id", "kilos", "memo"'),
      ...copyOf('worker', '"worker_id", "name", "badge"'),
      ...['tree', 'pick', 'worker'].flatMap(swapOf),
      expect.stringContaining('insert into tributary.publication'),
      'commit',
    ]);
  });

  it('appends by COPY alone, each into the table itself, in one transaction', async () => {
    await orchard.publish([trees(), workers()], { ...APPEND, afterSql: 'update orchard.tree set alive = false; select 1' });
    const shown = orchard.redshift.statements.map((sql) => sql.replace(/ \("tree_id.*| \("worker_id.*/, ''));
    expect(shown.slice(3)).toEqual([
      'copy "orchard"."tree"',
      'select pg_last_copy_count() as rows',
      'copy "orchard"."worker"',
      'select pg_last_copy_count() as rows',
      'update orchard.tree set alive = false; select 1',
      expect.stringContaining('insert into tributary.publication'),
      'commit',
    ]);
    expect(await orchard.ids('tree')).toEqual(['001', '002', 'old']);
  });

  it('keeps every character, and tells null from the empty text, which numbers cannot be', async () => {
    const { tables } = await orchard.publish([trees(), ofFiles(picks('')), workers()], { proof: 'rows' });
    expect(tables[0]).toEqual({ table: 'tree', inserted: 2, deleted: 1, unchanged: 0, rows: 2, proof: { rows: 2, hash: null } });
    expect(await orchard.redshift.rows('select * from orchard.tree order by 1')).toEqual([
      { tree_id: '001', species: 'Plum', alive: true, row_code: 'N1' },
      { tree_id: '002', species: 'Pear|red', alive: false, row_code: '' },
    ]);
    expect(await orchard.redshift.rows('select kilos, memo from orchard.pick order by pick_id')).toEqual([
      { kilos: '4.50', memo: 'a "b"\nc\\d' },
      { kilos: null, memo: 'no crew' },
    ]);
    expect(await orchard.redshift.rows('select * from orchard.worker')).toEqual([{ worker_id: 'W1', name: 'Li\\Wei', badge: null }]);
  });

  it('has blank texts where there is nothing, for files that say so', async () => {
    await orchard.publish([ofFiles(workers(), { nullIsBlank: true }), ofFiles(picks(null), { nullIsBlank: true })]);
    expect(await orchard.redshift.rows('select badge from orchard.worker')).toEqual([{ badge: '' }]);
    expect(await orchard.redshift.rows('select kilos from orchard.pick order by pick_id')).toEqual([{ kilos: '4.50' }, { kilos: null }]);
  });

  it('empties a table when there are no rows, or keeps it and warns', async () => {
    const kept = await orchard.publish([noTrees()], { strategy: { kind: 'truncate', onEmpty: 'keep' } });
    expect([kept.tables[0]?.warnings, await orchard.ids('tree')]).toEqual([[expect.stringContaining('keeps')], ['old']]);
    await orchard.publish([noTrees()]);
    expect(await orchard.ids('tree')).toEqual([]);
  });

  it('publishes an id once, and nothing older than what is published of its series', async () => {
    const by = orchard.publisher();
    const runId = randomUUID();
    const series = { name: `orchard-${runId}`, position: '2025-03-02', watermark: { last: 7 } };
    await orchard.publish([trees()], { runId, series });
    expect(await by.isPublished(runId)).toBe(true);
    expect(await by.watermark(series.name)).toEqual({ last: 7 });
    orchard.redshift.reset();
    expect(await orchard.publish([trees()], { runId, series })).toMatchObject({ alreadyPublished: true, tables: [{ inserted: 2 }] });
    expect(orchard.redshift.statements.join()).not.toMatch(/copy |drop |alter /);
    const older = { ...series, position: '2025-03-01' };
    await expect(orchard.publish([workers()], { series: older })).rejects.toMatchObject({ code: 'superseded' });
    expect(await orchard.ids('worker')).toEqual([]);
    await orchard.publish([workers()], { series: { ...older, allowOlder: true } });
    expect(await orchard.ids('worker')).toEqual(['W1']);
  });

  it('rolls a dry run back', async () => {
    expect(await orchard.publish([trees()], { dryRun: true })).toMatchObject({ publishedAt: null, tables: [{ inserted: 2 }] });
    expect(await orchard.ids('tree')).toEqual(['old']);
  });

  it('keeps the owner of a table, and what others may do with it', async () => {
    await orchard.redshift.query(`alter table orchard.tree owner to ${READER}; grant all on orchard.tree to public`);
    await orchard.publish([trees()]);
    expect(orchard.redshift.statements).toContain('grant select on "orchard"."tree_scratch" to public');
    // Privileges that the catalog lists and GRANT does not know.
    expect(orchard.redshift.statements.join()).not.toMatch(/grant (trigger|rule)/);
    expect(await orchard.redshift.rows(`select tableowner from pg_tables where tablename = 'tree'`)).toEqual([{ tableowner: READER }]);
  });

  it('cuts rows into a part for each slice, all named by the manifest, writes them once and takes them away', async () => {
    const { redshift } = orchard;
    const name = 'x'.repeat(1000);
    const count = Math.ceil((2 * MIN_PART_BYTES) / name.length) + 10;
    const rows = Array.from({ length: count }, (_, index) => ({ worker_id: String(index), name: null, badge: name }));
    const staged = stage('worker', { worker_id: 'string', name: 'string', badge: 'string' }, rows);
    const by = orchard.publisher();
    const request = { runId: 'big', schema: 'orchard', tables: [staged], ...APPEND };
    await by.load(request, control());
    const folder = `stage/redshift/${createHash('sha256').update('big').digest('hex').slice(0, 32)}/`;
    const keys = (await redshift.keys()).filter((key) => key.startsWith(folder));
    const parts = keys.filter((key) => key.endsWith('.csv.gz'));
    expect(parts).toHaveLength(3);
    const manifest = keys.find((key) => key.endsWith('/manifest.json'));
    expect(await json(await redshift.store.open(manifest ?? ''))).toMatchObject({
      entries: parts.map((key) => ({ url: `s3://parts/${key}`, mandatory: true })),
    });
    const open = jest.fn(staged.open);
    await by.load({ ...request, tables: [{ ...staged, open }] }, control());
    expect(open).not.toHaveBeenCalled();
    await by.discard('big');
    expect((await redshift.keys()).filter((key) => key.startsWith(folder))).toEqual([]);
  });

  it('sweeps parts of a day ago that no run can need any more', async () => {
    const { redshift } = orchard;
    const by = orchard.publisher();
    await redshift.store.deletePrefix('stage/');
    for (const runId of ['alive', 'dead']) await by.load({ runId, schema: 'orchard', tables: [workers()], ...APPEND }, control());
    expect(await by.sweep(['alive'])).toBe(0);
    await redshift.age(25 * 60 * 60_000);
    expect(await by.sweep(['alive'])).toBe(1);
    expect((await redshift.keys()).filter((key) => key.endsWith('manifest.json'))).toHaveLength(1);
  });

  it('names the region of a bucket, and shows keys in no log', async () => {
    const debug = jest.spyOn(Logger.prototype, 'debug').mockReturnValue();
    const access = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'it’s secret' };
    await orchard.publish([workers()], {}, { by: orchard.publisher({ access, region: 'ca-central-1' }) });
    expect(orchard.redshift.statements.join()).toMatch(/AKIDEXAMPLE.* region 'ca-central-1'/);
    expect(JSON.stringify(debug.mock.calls)).toContain('copy ');
    expect(JSON.stringify(debug.mock.calls)).not.toMatch(/AKIDEXAMPLE|secret access/);
    debug.mockRestore();
  });
});
