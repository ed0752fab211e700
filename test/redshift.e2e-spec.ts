import { pathToFileURL } from 'node:url';
import { openBucket } from '@app/platform';
import { RedshiftDouble } from '../libs/persistence/test/redshift-double';
import { CONFIG, MEMBERS, Orchard, TABLES } from './orchard';
import { PlatformUnderTest } from './platform-under-test';

const TARGET = { kind: 'redshift', connection: 'cluster', iam_role: 'arn:aws:iam::1:role/load' };
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hidden-secret' };
const REDSHIFT = { ...CONFIG, target: TARGET, owner: null, grants: [] };
const SPOILT = {
  ...MEMBERS,
  'picks.csv': 'p,t,k,m,d\nP1,001,1.5,memo,2025-03-01 06:30:00.250\nP2,001,four,memo,2025-03-01 06:30:00.250\n',
};

/** A cluster's double on the wire; see docs/redshift.md for what that proves. */
describe('tributary drop into Redshift', () => {
  let platform: PlatformUnderTest;
  let redshift: RedshiftDouble;
  let orchard: Orchard;

  beforeAll(async () => {
    platform = await PlatformUnderTest.create();
    redshift = await RedshiftDouble.start({ url: pathToFileURL(platform.storeFolder).href });
    await redshift.query(TABLES);
    const { api } = await platform.startBoth(env());
    orchard = new Orchard(platform, api);
  });
  afterAll(async () => {
    await platform.dispose();
    await redshift.stop();
  });
  beforeEach(() => redshift.reset());

  const env = () => ({ CONNECTION_CLUSTER: redshift.url, ...KEYS });
  const copies = (): number => redshift.statements.filter((sql) => sql.startsWith('copy ')).length;

  it('loads an archive in one transaction, once, and leaves no parts behind', async () => {
    await orchard.upload('orchard-export-0301.tgz', '09:00');
    const { exitCode, stdout } = await orchard.drop(REDSHIFT);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Tables loaded to Redshift: 3/3') as string]);
    expect(await redshift.rows('select tree_id, species, row_code from orchard.tree order by 1')).toEqual([
      { tree_id: '001', species: 'Plum', row_code: 'N1' },
      { tree_id: '002', species: 'Pear|red', row_code: '' },
    ]);
    expect(await redshift.rows(`select pick_id, kilos, picked_at::text, crew from orchard.pick order by 1`)).toEqual([
      { pick_id: 'P1', kilos: '4.50', picked_at: '2025-03-01 06:30:00.25', crew: 'Ana' },
      { pick_id: 'P2', kilos: null, picked_at: '2025-03-01 07:00:00', crew: '' },
    ]);
    expect(await redshift.rows('select name, badge from orchard.worker order by worker_id')).toEqual([
      { name: 'Jo "J" Roy', badge: '0042' },
      { name: 'Li\\Wei', badge: null },
    ]);
    expect([copies(), redshift.statements.filter((sql) => sql === 'commit')]).toEqual([3, ['commit']]);
    expect(await orchard.holds('processed/good/client/orchard/orchard-export-0301.tgz')).toBe(true);
    expect(redshift.statements.find((sql) => sql.startsWith('copy '))).toContain('s3://drops/processed/batch/redshift/');
    const parts = openBucket({ url: pathToFileURL(platform.storeFolder).href }, 'drops').list('processed/batch/');
    for await (const { key } of parts) throw new Error(`${key} was left behind.`);
    expect(await orchard.drop(REDSHIFT)).toMatchObject({ exitCode: 0, stdout: '' });
    expect(copies()).toBe(3);
  });

  it('refuses a drop that the cluster refuses, names the place, and keeps all tables', async () => {
    await orchard.upload('orchard-export-0302.tgz', '10:00', SPOILT);
    // Without a role the keys travel in the statement, and nowhere else.
    const { exitCode, stderr } = await orchard.drop({ ...REDSHIFT, target: { ...TARGET, iam_role: undefined } });
    expect(redshift.statements.join()).toContain('hidden-secret');
    expect(platform.output).toContain('secret_access_key <AWS_SECRET_ACCESS_KEY>');
    expect(`${platform.output}${stderr}`).not.toMatch(/hidden-secret|AKIDEXAMPLE/);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/LOAD_REJECTED.*"pick".*line 2, column \\*"kilos\\*"/) as string]);
    expect(await orchard.holds('processed/bad/client/orchard/orchard-export-0302.tgz')).toBe(true);
    expect(await redshift.rows('select count(*)::int as n from orchard.tree')).toEqual([{ n: 2 }]);
  });

  it('leaves a drop open when the cluster cannot read the bucket, and tries again when its session ends before the commit', async () => {
    await orchard.upload('orchard-export-0303.tgz', '11:00', { ...MEMBERS, 'workers.csv': 'w,n,b\nW9,x,y\n' });
    redshift.copyFailure = { code: 'XX000', message: 'S3ServiceException: Access Denied' };
    expect(await orchard.drop(REDSHIFT)).toMatchObject({ exitCode: 1 });
    expect(await orchard.holds('processed/bad/client/orchard/orchard-export-0303.tgz')).toBe(false);
    redshift.reset();
    redshift.afterCopy = async () => {
      if (copies() === 3) await redshift.endTransactions();
    };
    expect(await orchard.drop(REDSHIFT)).toMatchObject({ exitCode: 0 });
    expect(copies()).toBe(6);
    expect(await redshift.rows('select worker_id from orchard.worker')).toEqual([{ worker_id: 'W9' }]);
  });

  it.each([
    ['F-33', 'between the second and the third copy', '12:00', 'W10', 5],
    ['F-32', 'after the commit', '13:00', 'W11', 3],
  ] as const)('%s: loads a drop once when the worker is killed %s', async (_id, moment, time, id, copied) => {
    await orchard.upload(`orchard-export-${id}.tgz`, time, { ...MEMBERS, 'workers.csv': `w,n,b\n${id},x,y\n` });
    const before = await redshift.rows('select worker_id from orchard.worker');
    const killed = new Promise<void>((resolve) => {
      const kill = async (): Promise<void> => {
        redshift.afterCopy = redshift.afterCommit = () => Promise.resolve();
        await platform.endWorkers('SIGKILL');
        resolve();
      };
      if (moment === 'after the commit') redshift.afterCommit = kill;
      else redshift.afterCopy = () => (copies() === 2 ? kill() : Promise.resolve());
    });
    const dropped = orchard.drop(REDSHIFT);
    await killed;
    const after = [{ worker_id: id }];
    expect(await redshift.rows('select worker_id from orchard.worker')).toEqual(moment === 'after the commit' ? after : before);
    await platform.startWorker(env());
    expect(await dropped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Redshift: 3/3') as string });
    expect([await redshift.rows('select worker_id from orchard.worker'), copies()]).toEqual([after, copied]);
  });
});
