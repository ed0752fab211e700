import type { ApiClient } from './api-client';
import { obstruct } from './obstacle';
import { CONFIG, MEMBERS, Orchard } from './orchard';
import { PlatformUnderTest } from './platform-under-test';

const GOOD = 'processed/good/client/orchard/';
const BAD = 'processed/bad/client/orchard/';

describe('tributary drop over archives', () => {
  let platform: PlatformUnderTest;
  let api: ApiClient;
  let orchard: Orchard;

  beforeAll(async () => {
    platform = await PlatformUnderTest.create();
    ({ api } = await platform.startBoth());
    orchard = new Orchard(platform, api);
  });
  beforeEach(() => orchard.clear());
  afterAll(() => platform.dispose());

  const counts = async (): Promise<unknown> =>
    (
      await orchard.rows(
        'select (select count(*) from orchard.tree)::int, (select count(*) from orchard.pick)::int, (select count(*) from orchard.worker)::int',
      )
    )[0];

  it('loads an archive exactly, marks it in its own bucket, and finds nothing to do afterwards (F-01, F-02, F-03, F-04, F-05, F-34)', async () => {
    await orchard.upload('orchard-export-0301.tgz', '09:00');
    const first = await orchard.drop(CONFIG);
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Tables loaded to PostgreSQL: 3/3') as string });
    expect(await orchard.rows('select * from orchard.tree order by 1')).toEqual([
      ['001', 'Plum', true, 'N1'],
      ['002', 'Pear|red', false, ''],
    ]);
    expect(await orchard.rows('select pick_id, kilos, picked_at::text, crew from orchard.pick order by 1')).toEqual([
      ['P1', '4.50', '2025-03-01 06:30:00.25', 'Ana'],
      ['P2', null, '2025-03-01 07:00:00', ''],
    ]);
    expect(await orchard.rows('select * from orchard.worker order by 1')).toEqual([
      ['W1', 'Jo "J" Roy', '0042'],
      ['W2', 'Li\\Wei', null],
    ]);
    expect(await orchard.holds(`${GOOD}orchard-export-0301.tgz`)).toBe(true);
    expect(await orchard.holds('client/orchard/orchard-export-0301.tgz')).toBe(true);
    expect(await orchard.drop(CONFIG)).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('replaces the tables by other content under the same key, and not by the same content uploaded anew (F-06, F-07)', async () => {
    await orchard.upload('orchard-export-0301.tgz', '09:00');
    await orchard.drop(CONFIG);
    await orchard.upload('orchard-export-0301.tgz', '09:30');
    expect(await orchard.drop(CONFIG)).toMatchObject({ exitCode: 0, stdout: '' });
    await orchard.upload('orchard-export-0301.tgz', '10:00', { ...MEMBERS, 'trees.csv': 'a,b,c,d\n003,Fig,true,N3\n' });
    expect(await orchard.drop(CONFIG)).toMatchObject({ exitCode: 0 });
    expect(await orchard.rows('select tree_id from orchard.tree')).toEqual([['003']]);
  });

  it('never replaces new data by old (F-08)', async () => {
    for (const [name, time] of [
      ['a', '09:00'],
      ['b', '09:05'],
      ['c', '09:10'],
    ] as const)
      await orchard.upload(`orchard-export-${name}.tgz`, time, { ...MEMBERS, 'workers.csv': `w,n,b\n${name},x,y\n` });
    await orchard.drop(CONFIG);
    await orchard.drop(CONFIG);
    expect(await orchard.rows('select worker_id from orchard.worker')).toEqual([['c']]);
    expect(await orchard.states()).toEqual({
      'orchard-export-a.tgz': 'SUPERSEDED',
      'orchard-export-b.tgz': 'SUPERSEDED',
      'orchard-export-c.tgz': 'MARKED',
    });
  });

  it('appends in the order of upload, each member once, a limited number of drops a run (F-09, F-29, F-64)', async () => {
    for (const [name, time] of [
      ['t', '09:00'],
      ['z', '09:05'],
      ['m', '09:10'],
    ] as const)
      await orchard.upload(`orchard-export-${name}.tgz`, time, { ...MEMBERS, 'workers.csv': `w,n,b\n${name},x,y\n` });
    const config = { ...CONFIG, truncate: false, file_limit: 2 };
    await orchard.drop(config);
    expect(await orchard.rows('select worker_id from orchard.worker order by ctid')).toEqual([['t'], ['z']]);
    await orchard.drop(config);
    expect(await orchard.rows('select worker_id from orchard.worker order by ctid')).toEqual([['t'], ['z'], ['m']]);
  });

  it.each([
    ['EMPTY_MEMBER', { 'picks.csv': '' }],
    ['TOO_FEW_COLUMNS', { 'trees.csv': 'a,b,c\n1,2,3\n' }],
    ['LOAD_REJECTED', { 'picks.csv': 'p,t,k,m,d\nP1,001,four,memo,2025-03-01 06:30:00.250\n' }],
  ])('refuses a drop as %s, leaves all tables, and says why everywhere (F-11, F-14, F-20)', async (finding, spoilt) => {
    await orchard.upload('orchard-export-1.tgz', '09:00');
    await orchard.drop(CONFIG);
    await orchard.upload('orchard-export-2.tgz', '09:05', { ...MEMBERS, ...spoilt });
    const { exitCode, stdout, stderr } = await orchard.drop(CONFIG);
    expect([exitCode, await counts()]).toEqual([1, [2, 2, 2]]);
    expect(stdout).toContain('List of objects that failed to process:\nclient/orchard/orchard-export-2.tgz\n');
    expect(stderr).toContain(finding);
    expect((await orchard.drops())[0]).toMatchObject({ state: 'REJECTED', reason: expect.stringContaining(finding) as string });
    expect((await api.get<{ runs: { error: { message: string } }[] }>('/runs?limit=1')).runs[0]?.error.message).toContain(finding);
    expect(await orchard.holds(`${BAD}orchard-export-2.tgz`)).toBe(true);
  });

  it('stops at a bad drop, or goes on, and loads a mended one again by its key (F-30)', async () => {
    await orchard.upload('orchard-export-1.tgz', '09:00', { ...MEMBERS, 'workers.csv': '' });
    await orchard.upload('orchard-export-2.tgz', '09:05');
    const config = { ...CONFIG, truncate: false };
    const stopped = await orchard.drop(config);
    expect(stopped).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/early exit:\nclient\/orchard\/orchard-export-2\.tgz/) as string,
    });
    await orchard.upload('orchard-export-0.tgz', '08:00', { ...MEMBERS, 'workers.csv': '' });
    expect(await orchard.drop({ ...config, on_bad: 'continue' })).toMatchObject({ exitCode: 1 });
    expect(await counts()).toEqual([2, 2, 2]);
    await orchard.upload('orchard-export-1.tgz', '09:00');
    const replayed = await orchard.drop(config, { flags: ['--replay', 'client/orchard/orchard-export-1.tgz'] });
    expect([replayed.exitCode, await counts()]).toEqual([0, [4, 4, 4]]);
  });

  it('loads the drops of an atomic run together or not at all, and marks only the bad one', async () => {
    const config = { ...CONFIG, truncate: false, run_atomic: true };
    const spoilt = { ...MEMBERS, 'picks.csv': 'p,t,k,m,d\nP1,001,four,memo,\n' };
    await orchard.upload('orchard-export-1.tgz', '09:00');
    await orchard.upload('orchard-export-2.tgz', '09:05', spoilt);
    await orchard.upload('orchard-export-3.tgz', '09:10');
    const refused = await orchard.drop(config);
    expect([refused.exitCode, await counts(), await orchard.holds(GOOD)]).toEqual([1, [0, 0, 0], false]);
    expect(refused.stdout).toContain(
      'List of objects that failed to process:\nclient/orchard/orchard-export-2.tgz\n\n' +
        'List of objects that were not processed due to early exit:\nclient/orchard/orchard-export-1.tgz\nclient/orchard/orchard-export-3.tgz\n',
    );
    expect(await orchard.holds(`${BAD}orchard-export-2.tgz`)).toBe(true);
    expect(await orchard.drop(config)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('PostgreSQL: 6/6') as string });
    expect(await orchard.rows('select count(*)::int, count(distinct xmin::text)::int from orchard.tree')).toEqual([[4, 1]]);
    expect(Object.values(await orchard.states()).sort()).toEqual(['MARKED', 'MARKED', 'REJECTED']);
  });

  it('looks for every bad drop of an atomic run where it shall go on, and loads none of the others', async () => {
    const config = { ...CONFIG, truncate: false, run_atomic: true, on_bad: 'continue' };
    await orchard.upload('orchard-export-1.tgz', '09:00', { ...MEMBERS, 'workers.csv': '' });
    await orchard.upload('orchard-export-2.tgz', '09:05');
    await orchard.upload('orchard-export-3.tgz', '09:10', { ...MEMBERS, 'trees.csv': 'a\n1\n' });
    expect(await orchard.drop(config)).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('failed to process: 2') as string });
    expect([await counts(), await orchard.holds(GOOD)]).toEqual([[0, 0, 0], false]);
    expect(await orchard.drop(config)).toMatchObject({ exitCode: 0 });
    expect(await counts()).toEqual([2, 2, 2]);
  });

  it('checks everything and writes nothing in a dry run', async () => {
    await orchard.upload('orchard-export-1.tgz', '09:00');
    const { exitCode, stdout } = await orchard.drop(CONFIG, { flags: ['--dry-run'] });
    expect([exitCode, await counts(), await orchard.holds('processed')]).toEqual([0, [0, 0, 0], false]);
    expect(stdout).toContain('Objects to process: 1\n');
  });

  it('leaves no bad copy when the target is away, and loads the drop when it is back (F-31)', async () => {
    await orchard.upload('orchard-export-1.tgz', '09:00');
    const away = { ...CONFIG, target: { kind: 'postgres', connection: 'nowhere' } };
    expect(await orchard.drop(away)).toMatchObject({ exitCode: 1 });
    expect(await orchard.holds('processed')).toBe(false);
    expect(await orchard.drop(CONFIG)).toMatchObject({ exitCode: 0 });
  });

  it('works below other prefixes, keeps views, and refuses a drop whose checksum differs (F-37, F-40, F-41)', async () => {
    await platform.pool.query('create view orchard.living as select * from orchard.tree where alive');
    const config = { ...CONFIG, source: 'inbox' };
    await orchard.upload('orchard-export-1.tgz', '09:00', MEMBERS, 'inbox/orchard/');
    expect(await orchard.drop(config)).toMatchObject({ exitCode: 0 });
    expect(await orchard.holds('processed/good/inbox/orchard/orchard-export-1.tgz')).toBe(true);
    expect(await orchard.rows('select tree_id from orchard.living')).toEqual([['001']]);
    expect(await orchard.drop(config)).toMatchObject({ exitCode: 0, stdout: '' });
    await orchard.upload('orchard-export-2.tgz', '09:05', MEMBERS, 'inbox/orchard/');
    await orchard.put('inbox/orchard/orchard-export-2.tgz.sha256', '0'.repeat(64), '09:05');
    const { exitCode, stderr } = await orchard.drop(config);
    expect([exitCode, stderr.includes('CHECKSUM_MISMATCH')]).toEqual([1, true]);
  });

  it('lets one of two runs work when both start together (F-35)', async () => {
    await orchard.upload('orchard-export-1.tgz', '09:00');
    const config = { ...CONFIG, truncate: false };
    const both = await Promise.all([orchard.drop(config), orchard.drop(config)]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(both.filter(({ stdout }) => stdout !== '')).toHaveLength(1);
    expect(await counts()).toEqual([2, 2, 2]);
  });

  it('finds only the copy to be written after a kill between commit and copy (F-32)', async () => {
    await orchard.upload('orchard-export-1.tgz', '09:00');
    await orchard.drop(CONFIG);
    await platform.pool.query(`update tributary.drop_object set state = 'CLAIMED'`);
    await platform.pool.query(`update orchard.worker set name = 'changed since'`);
    await orchard.put(`${GOOD}orchard-export-1.tgz`, 'an older copy', '08:00');
    expect(await orchard.drop(CONFIG)).toMatchObject({ exitCode: 0 });
    expect(await orchard.rows('select distinct name from orchard.worker')).toEqual([['changed since']]);
    expect(await orchard.states()).toEqual({ 'orchard-export-1.tgz': 'MARKED' });
  });

  it('changes no table when it is killed between two members, and loads all of them afterwards (F-33)', async () => {
    await orchard.upload('orchard-export-1.tgz', '09:00');
    const held = await obstruct(platform.pool, 'lock table orchard.worker in access exclusive mode');
    const waiting = orchard.drop(CONFIG);
    await held.reached();
    await platform.endWorkers('SIGKILL');
    await held.remove();
    expect(await counts()).toEqual([0, 0, 0]);
    await platform.startWorker();
    expect(await waiting).toMatchObject({ exitCode: 0 });
    expect(await counts()).toEqual([2, 2, 2]);
    expect(await orchard.states()).toEqual({ 'orchard-export-1.tgz': 'MARKED' });
  });
});

describe('tributary drop over single files', () => {
  let platform: PlatformUnderTest;
  let orchard: Orchard;
  const FILE = {
    ...{ bucket: 'drops', source: 'client', destination: 'processed', directory: 'dd', doc: 'f.*csv', delim: ',', truncate: false },
    ...{ dbtable: 'mart.reading', column_count: 3, columns: ['a', 'b', 'c'] },
  };

  beforeAll(async () => {
    platform = await PlatformUnderTest.create();
    await platform.pool.query('create schema mart; create table mart.reading (a varchar(40), b varchar(40), c varchar(40))');
    orchard = new Orchard(platform, (await platform.startBoth()).api);
  });
  afterAll(() => platform.dispose());

  it('loads nothing when the SQL that follows fails (F-68)', async () => {
    await orchard.put('client/dd/f1.csv', 'x,y,z\n1,hello,2025-01-02\n');
    expect(await orchard.drop({ ...FILE, post_sql: 'update mart.nothing set a = 1' }, { name: 'sql' })).toMatchObject({ exitCode: 1 });
    expect(await orchard.rows('select * from mart.reading')).toEqual([]);
    expect(await orchard.holds('processed/bad/client/dd/f1.csv')).toBe(true);
  });

  it('reports an empty file with a call for attention (F-51, F-69)', async () => {
    await orchard.put('client/dd/empty/f2.csv', 'x,y,z\n');
    const { exitCode, stdout } = await orchard.drop({ ...FILE, directory: 'dd/empty' }, { name: 'empty' });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/\*\*\* ATTN: .*Objects that failed to process: 1.*'processed\/bad': 1.*Empty Objects: 1/s);
    expect(stdout).toMatch(/failed to process:\n1: client\/dd\/empty\/f2\.csv\n.*empty objects:\n1: client\/dd\/empty\/f2\.csv/s);
  });
});
