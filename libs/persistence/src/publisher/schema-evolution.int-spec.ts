import { stage, TestWarehouse } from '../../test/test-warehouse';
import type { Publication, PublishRequest, WriteStrategy } from '../index';

const ROWS = [
  { id: 1, note: 'a', extra: null, more: 5 },
  { id: 2, note: 'b', extra: 'x', more: null },
  { id: 3, note: 'c', extra: null, more: null },
];
const STRATEGIES: readonly WriteStrategy[] = [
  { kind: 'append' },
  { kind: 'truncate', onEmpty: 'keep' },
  { kind: 'upsert', keys: ['id'], updateMissing: 'keep' },
  { kind: 'replace' },
  { kind: 'key', columns: ['id'] },
];

describe('schema evolution (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());
  beforeEach(() => test.pool.query('drop table if exists grown; create table grown (id bigint primary key, note text)'));

  const publish = (strategy: WriteStrategy, options: Partial<PublishRequest>): Promise<Publication> =>
    test.publish([stage('grown', { id: 'integer', note: 'string', extra: 'string', more: 'integer' }, ROWS)], {
      strategy,
      proof: 'hash',
      ...options,
    });

  it.each(STRATEGIES)('evolve adds what is missing ($kind)', async (strategy) => {
    const { tables } = await publish(strategy, { evolution: 'evolve' });
    expect(tables).toMatchObject([{ inserted: 3, addedColumns: ['extra', 'more'] }]);
    expect(await test.rows('select id::int, note, extra, more::int from grown order by id')).toEqual(ROWS);
    await test.pool.query('truncate grown');
    expect((await publish(strategy, { evolution: 'evolve' })).tables[0]).not.toHaveProperty('addedColumns');
  });

  it.each(STRATEGIES)('discard_value leaves the columns out ($kind)', async (strategy) => {
    const { tables } = await publish(strategy, { evolution: 'discard_value' });
    expect(tables).toMatchObject([{ inserted: 3, discardedColumns: ['extra', 'more'], proof: { rows: 3 } }]);
    expect(await test.rows('select id::int, note from grown order by id')).toEqual(ROWS.map(({ id, note }) => ({ id, note })));
  });

  it.each(STRATEGIES)('discard_row leaves out rows with a value in one of them ($kind)', async (strategy) => {
    const { tables } = await publish(strategy, { evolution: 'discard_row' });
    expect(tables).toMatchObject([{ inserted: 1, discarded: 2, discardedColumns: ['extra', 'more'], proof: { rows: 1 } }]);
    expect(await test.rows('select id::int, note from grown')).toEqual([{ id: 3, note: 'c' }]);
  });

  it('holds the shrink brake against what is left when rows are left out', async () => {
    await test.pool.query(`insert into grown select i, 'old' from generate_series(1, 200) i`);
    const all = Array.from({ length: 200 }, (_, id) => ({ id, note: 'new', extra: 'x' }));
    const publishing = test.publish([stage('grown', { id: 'integer', note: 'string', extra: 'string' }, all)], {
      evolution: 'discard_row',
      allowShrink: false,
    });
    await expect(publishing).rejects.toMatchObject({ code: 'shrink-refused' });
    expect(await test.rows('select count(*)::int as n from grown')).toEqual([{ n: 200 }]);
  });

  it('freeze refuses with every difference, and each table may have its own way', async () => {
    await expect(publish({ kind: 'append' }, {})).rejects.toMatchObject({
      code: 'catalog-mismatch',
      message: expect.stringContaining('"grown"."extra", "grown"."more"'),
    });
    const { tables } = await publish({ kind: 'append' }, { evolution: 'freeze', evolutions: { grown: 'discard_value' } });
    expect(tables).toMatchObject([{ inserted: 3 }]);
  });

  it.each(['evolve', 'freeze', 'discard_row', 'discard_value'] as const)('refuses values of another type (%s)', async (evolution) => {
    const staged = stage('grown', { id: 'date', note: 'integer' }, []);
    await expect(test.publish([staged], { strategy: { kind: 'append' }, evolution })).rejects.toMatchObject({
      code: 'catalog-mismatch',
      message: expect.stringContaining('"grown"."id" (date is staged, the table has bigint)'),
    });
  });
});
