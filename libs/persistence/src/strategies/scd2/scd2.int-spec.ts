import { randomUUID } from 'node:crypto';
import { stage, TestWarehouse, type Row } from '../../../test/test-warehouse';
import type { Publication, PublishRequest } from '../../index';

const COLUMNS = { id: 'integer', site: 'string', dose: 'decimal' } as const;

describe('scd2 (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());
  beforeEach(() => test.pool.query('drop table if exists arm'));

  const keep = (rows: readonly Row[], options: Partial<PublishRequest> = {}): Promise<Publication> =>
    test.publish([stage('arm', COLUMNS, rows)], { strategy: { kind: 'scd2', keys: ['id', 'site'] }, ...options });
  const versions = () =>
    test.rows(`select id::int, site, dose::text, is_current as current, valid_to is null as open from arm order by id, site, valid_from`);

  it('begins a version of every row at first, and makes the table for them', async () => {
    const rows = [{ id: 1, site: 'a', dose: '1.0' }, { id: 1, site: 'b', dose: null }]; // prettier-ignore
    expect((await keep(rows)).tables).toMatchObject([{ inserted: 2, updated: 0, rows: 2 }]);
    expect(await versions()).toEqual([
      { id: 1, site: 'a', dose: '1.0', current: true, open: true },
      { id: 1, site: 'b', dose: null, current: true, open: true },
    ]);
    await expect(test.pool.query(`insert into arm (id, site, is_current) values (1, 'a', true)`)).rejects.toThrow(/unique/);
  });

  it('ends what changed where its next version begins, null to value and back, and leaves the rest', async () => {
    await keep([{ id: 1, site: 'a', dose: '1.0' }, { id: 2, site: 'a', dose: null }, { id: 3, site: 'a', dose: '3' }]); // prettier-ignore
    const { tables } = await keep([{ id: 1, site: 'a', dose: null }, { id: 2, site: 'a', dose: '2' }, { id: 4, site: 'a', dose: '4' }]); // prettier-ignore
    expect(tables).toMatchObject([{ inserted: 3, updated: 2, deleted: 0, rows: 6, unchanged: 1 }]);
    expect(await versions()).toEqual([
      { id: 1, site: 'a', dose: '1.0', current: false, open: false },
      { id: 1, site: 'a', dose: null, current: true, open: true },
      { id: 2, site: 'a', dose: null, current: false, open: false },
      { id: 2, site: 'a', dose: '2', current: true, open: true },
      { id: 3, site: 'a', dose: '3', current: true, open: true },
      { id: 4, site: 'a', dose: '4', current: true, open: true },
    ]);
    expect(
      await test.rows(`select count(*)::int as n from arm o join arm n on o.id = n.id and n.is_current and o.valid_to = n.valid_from`),
    ).toEqual([{ n: 2 }]);
  });

  it('C-80: writes nothing when the same rows come again, in the same publication or another', async () => {
    const rows = [{ id: 1, site: 'a', dose: null }, { id: 2, site: 'b', dose: '1' }]; // prettier-ignore
    const runId = randomUUID();
    const first = await keep(rows, { runId });
    const before = await test.rows('select *, xmin::text, xmax::text from arm order by id');
    expect(await keep(rows, { runId })).toEqual({ ...first, alreadyPublished: true });
    expect((await keep(rows, { proof: 'hash' })).tables).toMatchObject([{ inserted: 0, updated: 0, unchanged: 2, proof: { rows: 2 } }]);
    expect(await test.rows('select *, xmin::text, xmax::text from arm order by id')).toEqual(before);
  });

  it('takes the last of several rows with one key', async () => {
    const { tables } = await keep([{ id: 1, site: 'a', dose: '1' }, { id: 1, site: 'a', dose: '2' }]); // prettier-ignore
    expect(tables).toMatchObject([{ inserted: 1, collapsed: 1 }]);
    expect(await versions()).toMatchObject([{ dose: '2' }]);
  });

  it('refuses rows without a key, tables without the columns of versions, and staged columns of their names', async () => {
    await expect(keep([{ id: 1, site: null, dose: null }])).rejects.toMatchObject({ code: 'load-failed', details: { rows: 1 } });
    await test.pool.query('create table arm (id bigint, site text, dose numeric, valid_from timestamptz)');
    await expect(keep([{ id: 1, site: 'a', dose: null }])).rejects.toMatchObject({
      code: 'catalog-mismatch',
      message: expect.stringMatching(/"valid_to" \(timestamptz\), "arm"."is_current" \(boolean\)/),
    });
    const clash = stage('other', { id: 'integer', is_current: 'boolean' }, []);
    await expect(test.publish([clash], { strategy: { kind: 'scd2', keys: ['id'] } })).rejects.toMatchObject({ code: 'definition-invalid' });
  });
});
