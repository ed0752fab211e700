import { createHash, randomUUID } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import type { StagedTable } from '@app/platform';
import { RedshiftDouble, loadFailed } from '../../test/redshift-double';
import { control, stage } from '../../test/test-warehouse';
import type { Publication, PublishRequest } from '../publisher/publication';
import { MIN_PART_BYTES } from './load-parts';
import { RedshiftPublisher, type RedshiftSettings } from './redshift-publisher';

const TABLES = `
  drop schema if exists orchard cascade;
  create schema orchard;
  create table orchard.tree (tree_id varchar(20) not null, species varchar(40), alive bool, row_code varchar(8));
  create table orchard.pick (pick_id varchar(20) not null, tree_id varchar(20), kilos numeric(8,2), memo varchar(200));
  create table orchard.worker (worker_id varchar(20) not null, name varchar(60), badge varchar(20));
  insert into orchard.tree values ('old', 'Elm', true, 'x');
  delete from public.stl_load_errors;`;
const trees = (): StagedTable =>
  stage('tree', { tree_id: 'string', species: 'string', alive: 'string', row_code: 'string' }, [
    { tree_id: '001', species: 'Plum', alive: 'true', row_code: 'N1' },
    { tree_id: '002', species: 'Pear|red', alive: 'FALSE', row_code: '' },
  ]);
const picks = (kilos: string | null = null): StagedTable =>
  stage('pick', { pick_id: 'string', tree_id: 'string', kilos: 'string', memo: 'string' }, [
    { pick_id: 'P1', tree_id: '001', kilos: '4.50', memo: 'a "b"\nc\\d' },
    { pick_id: 'P2', tree_id: '002', kilos, memo: 'no crew' },
  ]);
const workers = (): StagedTable =>
  stage('worker', { worker_id: 'string', name: 'string', badge: 'string' }, [{ worker_id: 'W1', name: 'Li\\Wei', badge: null }]);

describe('RedshiftPublisher (protocol level: PostgreSQL with Redshift’s own statements intercepted)', () => {
  let redshift: RedshiftDouble;
  let usual: RedshiftPublisher;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    redshift = await RedshiftDouble.start();
    usual = publisher();
    await redshift.query('create role orchard_reader');
  });
  afterAll(async () => {
    await redshift.query('drop schema orchard cascade; drop role orchard_reader');
    await redshift.stop();
  });
  beforeEach(async () => {
    await redshift.query(TABLES);
    redshift.statements.length = 0;
    redshift.copyFailure = null;
  });

  const publisher = (change: Partial<RedshiftSettings> = {}): RedshiftPublisher =>
    new RedshiftPublisher(redshift.pool, {
      parts: redshift.parts,
      access: { iamRole: 'arn:aws:iam::1:role/load' },
      owner: null,
      grants: [],
      ...change,
    });

  async function publish(tables: readonly StagedTable[], change: Partial<PublishRequest> = {}, by = usual): Promise<Publication> {
    const request: PublishRequest = {
      ...{ runId: randomUUID(), schema: 'orchard', tables, loaded: [], locks: [], allowShrink: false, dryRun: false },
      strategy: { kind: 'truncate', onEmpty: 'truncate' },
      ...change,
    };
    const loaded = await by.load(request, control());
    return by.publish({ ...request, loaded }, control());
  }

  it('replaces three tables in one transaction: scratch tables, copies, swaps, commit', async () => {
    await publish(
      [trees(), picks(), workers()],
      {},
      publisher({ owner: 'orchard_reader', grants: [{ privilege: 'select', to: 'orchard_reader' }] }),
    );
    const prefix = redshift.parts.prefix;
    const shown = redshift.statements.map((sql) => sql.replaceAll(/[0-9a-f]{32}/g, '…').replaceAll(/\s+/g, ' '));
    const scratchOf = (table: string): string[] => [
      expect.stringContaining('from svv_relation_privileges') as string,
      `drop table if exists "orchard"."${table}_scratch"`,
      `drop table if exists "orchard"."${table}_old"`,
      `create table "orchard"."${table}_scratch" (like "orchard"."${table}" including defaults)`,
      `alter table "orchard"."${table}_scratch" owner to "orchard_reader"`,
      `grant select on "orchard"."${table}_scratch" to "orchard_reader"`,
    ];
    const copyOf = (table: string, columns: string): string[] => [
      `select count(*) as rows from "orchard"."${table}"`,
      `copy "orchard"."${table}_scratch" (${columns}) from 's3://parts/${prefix}redshift/…/…/manifest.json' iam_role 'arn:aws:iam::1:role/load' ` +
        `format csv gzip null as '<null:…>' maxerror 0 timeformat 'auto' encoding utf8 manifest`,
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

  it('keeps every character, and tells null from the empty text', async () => {
    const { tables } = await publish([trees(), picks(), workers()]);
    expect(tables[0]).toEqual({ table: 'tree', inserted: 2, deleted: 1, unchanged: 0, rows: 2 });
    expect(await redshift.rows('select * from orchard.tree order by 1')).toEqual([
      { tree_id: '001', species: 'Plum', alive: true, row_code: 'N1' },
      { tree_id: '002', species: 'Pear|red', alive: false, row_code: '' },
    ]);
    expect(await redshift.rows('select kilos, memo from orchard.pick order by pick_id')).toEqual([
      { kilos: '4.50', memo: 'a "b"\nc\\d' },
      { kilos: null, memo: 'no crew' },
    ]);
    expect(await redshift.rows('select * from orchard.worker')).toEqual([{ worker_id: 'W1', name: 'Li\\Wei', badge: null }]);
  });

  it('names line and column of what the cluster refused, and leaves every table as it was', async () => {
    const failed = publish([trees(), picks('four')]);
    await expect(failed).rejects.toMatchObject({
      code: 'load-failed',
      message: 'Table "pick" could not be written: line 2, column "kilos": a text that is no decimal number.',
      details: { table: 'pick', line: 2, column: 'kilos' },
    });
    expect(await redshift.rows('select tree_id from orchard.tree')).toEqual([{ tree_id: 'old' }]);
  });

  it('takes a failed copy without a refused line for a fault of the surroundings', async () => {
    redshift.copyFailure = loadFailed();
    await expect(publish([trees()])).rejects.toMatchObject({ code: 'load-failed', details: { sqlstate: 'XX000' } });
  });

  it('appends, and rolls back with the SQL that follows', async () => {
    const append = { strategy: { kind: 'append' } } as const;
    await publish([trees()], append);
    expect(await redshift.rows('select count(*)::int as n from orchard.tree')).toEqual([{ n: 3 }]);
    await expect(publish([trees()], { ...append, afterSql: 'update orchard.nothing set a = 1' })).rejects.toMatchObject({
      code: 'load-failed',
    });
    expect(await redshift.rows('select count(*)::int as n from orchard.tree')).toEqual([{ n: 3 }]);
  });

  it('publishes an id once, and nothing older than what is published of its series', async () => {
    const by = usual;
    const runId = randomUUID();
    const series = { name: `orchard-${runId}`, position: '2025-03-02', watermark: { last: 7 } };
    await publish([trees()], { runId, series }, by);
    expect(await by.isPublished(runId)).toBe(true);
    expect(await by.watermark(series.name)).toEqual({ last: 7 });
    expect(await publish([trees()], { runId, series }, by)).toMatchObject({ alreadyPublished: true, tables: [{ inserted: 2 }] });
    const older = { series: { ...series, position: '2025-03-01' } };
    await expect(publish([trees()], older, by)).rejects.toMatchObject({ code: 'superseded' });
    await publish([trees()], { series: { ...older.series, allowOlder: true } }, by);
  });

  it('rolls a dry run back, and keeps what others may do with a table', async () => {
    await redshift.query('grant select on orchard.tree to orchard_reader');
    await publish([trees()], { dryRun: true });
    expect(await redshift.rows('select tree_id from orchard.tree')).toEqual([{ tree_id: 'old' }]);
    await publish([trees()]);
    expect(await redshift.rows(`select has_table_privilege('orchard_reader', 'orchard.tree', 'select') as may`)).toEqual([{ may: true }]);
  });

  it('cuts rows into a part for each slice, all named by the manifest, writes them once and takes them away', async () => {
    const name = 'x'.repeat(1000);
    const count = Math.ceil((2 * MIN_PART_BYTES) / name.length) + 10;
    const rows = Array.from({ length: count }, (_, index) => ({ worker_id: String(index), name: null, badge: name }));
    const staged = stage('worker', { worker_id: 'string', name: 'string', badge: 'string' }, rows);
    const by = usual;
    const request = { runId: 'big', schema: 'orchard', tables: [staged], strategy: { kind: 'append' } as const };
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

  it('shows keys in no log', async () => {
    const debug = jest.spyOn(Logger.prototype, 'debug').mockReturnValue();
    await publish([workers()], {}, publisher({ access: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'it’s secret' } }));
    expect(redshift.statements.join()).toContain('AKIDEXAMPLE');
    expect(JSON.stringify(debug.mock.calls)).toContain('copy ');
    expect(JSON.stringify(debug.mock.calls)).not.toMatch(/AKIDEXAMPLE|secret access/);
    debug.mockRestore();
  });

  it('refuses strategies that look at single rows, and tables and columns that do not exist', async () => {
    await expect(publish([trees()], { strategy: { kind: 'scd2', keys: ['tree_id'] } })).rejects.toMatchObject({
      code: 'definition-invalid',
    });
    await expect(publish([stage('nowhere', { a: 'string' }, [])])).rejects.toMatchObject({ code: 'catalog-mismatch' });
    await expect(publish([stage('tree', { bark: 'string' }, [])])).rejects.toMatchObject({ code: 'catalog-mismatch' });
  });
});
