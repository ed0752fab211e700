import { stage, stageLines, TestWarehouse } from '../../../test/test-warehouse';
import type { Publication, PublishRequest } from '../../index';
import type { WriteStrategy } from '../write-strategy';

const LOCKS = ['row', 'table'] as const;
const COLUMNS = { id: 'integer', qty: 'integer' } as const;
const LIST = [
  { name: 'id', type: 'integer' },
  { name: 'qty', type: 'integer' },
] as const;

/** What the platform calls REPLACE. */
/** Roles belong to the whole server, where a run that was killed leaves its own behind. */
const AUDITOR = `auditor_${process.pid}`;
describe('truncate (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
    await test.pool.query(`create role ${AUDITOR}`);
  });
  afterAll(async () => {
    await test.pool.query(`drop schema if exists yard cascade; drop role ${AUDITOR}`);
    await test.drop();
  });
  beforeEach(() =>
    test.pool.query(`drop schema if exists yard cascade; create schema yard;
      create table yard.stock (id int primary key, label text default 'none', qty int);
      create view yard.seen as select id from yard.stock; grant select on yard.stock to ${AUDITOR};
      insert into yard.stock select i, 'old', i from generate_series(1, 500) i`),
  );

  const truncate = (
    rows: readonly Readonly<Record<string, number>>[],
    strategy: Partial<Extract<WriteStrategy, { kind: 'truncate' }>> = {},
    options: Partial<PublishRequest> = {},
  ): Promise<Publication> =>
    test.publish([stage('stock', COLUMNS, rows)], {
      schema: 'yard',
      strategy: { kind: 'truncate', onEmpty: 'keep', ...strategy },
      allowShrink: false,
      ...options,
    });
  const count = async () => (await test.rows('select count(*)::int as n from yard.stock'))[0]?.['n'] as number;

  it.each(LOCKS)('puts the new rows in the place of all others, without a brake (%s)', async (lock) => {
    const { tables } = await truncate([{ id: 7, qty: 1 }], { lock });
    expect(tables).toEqual([{ table: 'stock', inserted: 1, deleted: 500, unchanged: 0, rows: 1 }]);
    expect(await test.rows('select * from yard.stock')).toEqual([{ id: 7, label: 'none', qty: 1 }]);
    expect(await test.rows(`select * from yard.seen`)).toEqual([{ id: 7 }]);
    expect(await test.rows(`select has_table_privilege('${AUDITOR}', 'yard.stock', 'select') as may`)).toEqual([{ may: true }]);
    expect(await test.rows(`select indexname from pg_indexes where schemaname = 'yard'`)).toEqual([{ indexname: 'stock_pkey' }]);
  });

  it.each(LOCKS)('C-76: leaves the old content when a key exists twice (%s)', async (lock) => {
    const writing = truncate([{ id: 1, qty: 1 }, { id: 1, qty: 2 }], { lock }); // prettier-ignore
    await expect(writing).rejects.toMatchObject({ code: 'load-failed', details: { sqlstate: '23505' } });
    expect(await count()).toBe(500);
  });

  it('C-77: keeps the content and warns when there are no rows, or empties the table when it is told to', async () => {
    expect((await truncate([])).tables).toMatchObject([{ inserted: 0, deleted: 0, rows: 500, warnings: [expect.stringMatching(/keeps/)] }]);
    expect(await count()).toBe(500);
    expect((await truncate([], { onEmpty: 'truncate' })).tables).toEqual([
      { table: 'stock', inserted: 0, deleted: 500, unchanged: 0, rows: 0 },
    ]);
  });

  it.each(LOCKS)('C-78: makes a missing schema and table (%s)', async (lock) => {
    await test.pool.query('drop schema yard cascade');
    await truncate([{ id: 1, qty: 2 }], { lock });
    expect(await test.rows('select id::int, qty::int from yard.stock')).toEqual([{ id: 1, qty: 2 }]);
  });

  it('lets readers see the old rows all the while', async () => {
    const seen: number[] = [];
    const peeking = stageLines('stock', LIST, ['1,1\n'], 1, async () => void seen.push(await count()));
    await test.publish([peeking], { schema: 'yard', strategy: { kind: 'truncate', onEmpty: 'keep' } });
    expect(seen).toEqual([500]);
    expect(await count()).toBe(1);
  });

  it('lets readers in while it copies, also where they wait for the rest', async () => {
    const seen: number[] = [];
    const peeking = stageLines('stock', LIST, ['1,1\n'], 1, async () => void seen.push(await count()));
    const strategy = { kind: 'truncate', onEmpty: 'keep', lock: 'table' } as const;
    await test.publish([peeking], { schema: 'yard', strategy });
    expect(seen).toEqual([500]);
  });

  it('shows an open snapshot the old rows, not an empty table', async () => {
    const reader = await test.pool.connect();
    await reader.query('begin isolation level repeatable read; select 1 from yard.seen limit 1; commit');
    await reader.query('begin isolation level repeatable read; select 1');
    await truncate([{ id: 1, qty: 1 }]);
    const { rows } = await reader.query<{ n: number }>('select count(*)::int as n from yard.stock');
    await reader.query('commit');
    reader.release();
    expect(rows).toEqual([{ n: 500 }]);
  });

  it('changes nothing in a dry run and shows the rows that would come', async () => {
    const { differences } = await truncate([{ id: 7, qty: 1 }], {}, { dryRun: true });
    expect(differences).toEqual({ stock: [{ change: 'insert', row: { id: '7', qty: '1' } }] });
    expect(await count()).toBe(500);
  });
});
