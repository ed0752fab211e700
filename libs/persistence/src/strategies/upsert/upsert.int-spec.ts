import type { ColumnType } from '@app/platform';
import { stage, TestWarehouse, type Row } from '../../../test/test-warehouse';
import type { Publication, PublishRequest } from '../../index';
import type { WriteStrategy } from '../write-strategy';

const STOCK: Readonly<Record<string, ColumnType>> = { id: 'integer', label: 'string', qty: 'integer', price: 'decimal' };

describe('upsert (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());
  beforeEach(() =>
    test.pool.query(`drop schema if exists yard cascade; create schema yard;
      create table yard.stock (id int primary key, label text default 'none', qty int, price numeric(8,2));
      insert into yard.stock values (1, 'old', 5, 2.00), (2, 'two', 2, null)`),
  );

  const upsert = (
    columns: readonly string[],
    rows: readonly Row[],
    { table = 'stock', keys = ['id'], updateMissing = 'keep', ...options }: UpsertOptions = {},
  ): Promise<Publication> => {
    const types = Object.fromEntries(columns.map((name) => [name, STOCK[name] ?? 'integer']));
    const strategy: WriteStrategy = { kind: 'upsert', keys, updateMissing };
    return test.publish([stage(table, types, rows)], { schema: 'yard', strategy, ...options });
  };
  const stock = (where = 'true') => test.rows(`select id, label, qty, price::text from yard.stock where ${where} order by id`);
  const places = async () =>
    new Map((await test.rows('select id, ctid::text from yard.stock')).map(({ id, ctid }) => [id, ctid as string]));

  it('C-70: updates present columns only, and gives new rows the defaults', async () => {
    const { tables } = await upsert(['id', 'qty'], [{ id: 1, qty: 6 }, { id: 50, qty: 7 }]); // prettier-ignore
    expect(tables).toMatchObject([{ inserted: 1, updated: 1, deleted: 0, unchanged: 1, rows: 3, collapsed: 0 }]);
    expect(await stock('id <> 2')).toEqual([
      { id: 1, label: 'old', qty: 6, price: '2.00' },
      { id: 50, label: 'none', qty: 7, price: null },
    ]);
  });

  it('resets absent columns when it is asked to', async () => {
    await upsert(['id', 'qty'], [{ id: 1, qty: 5 }], { updateMissing: 'default' });
    expect(await stock()).toEqual([
      { id: 1, label: 'none', qty: 5, price: null },
      { id: 2, label: 'two', qty: 2, price: null },
    ]);
    expect((await upsert(['id', 'qty'], [{ id: 1, qty: 5 }], { updateMissing: 'default' })).tables).toMatchObject([{ updated: 0 }]);
  });

  it('C-71: takes the last of several rows with one key, however far apart, and counts the others', async () => {
    const { tables } = await upsert(['id', 'qty'], [{ id: 60, qty: 1 }, { id: 61, qty: 2 }, { id: 60, qty: 3 }]); // prettier-ignore
    expect(tables).toMatchObject([{ inserted: 2, updated: 0, collapsed: 1 }]);
    expect(await stock('id >= 60')).toMatchObject([{ id: 60, qty: 3 }, { id: 61, qty: 2 }]); // prettier-ignore
    const far = Array.from({ length: 30_000 }, (_, index) => ({ id: 1000 + (index % 10_000), qty: index }));
    expect((await upsert(['id', 'qty'], far)).tables).toMatchObject([{ inserted: 10_000, collapsed: 20_000 }]);
    expect(await test.rows('select min(qty - id)::int as least, max(qty - id)::int as most from yard.stock where id >= 1000')).toEqual([
      { least: 19_000, most: 19_000 },
    ]);
  });

  it('C-72: writes null numbers as null', async () => {
    await upsert(['id', 'price'], [{ id: 1, price: null }]);
    expect(await stock('id = 1')).toEqual([{ id: 1, label: 'old', qty: 5, price: null }]);
  });

  it('C-73: leaves a row of keys only as it is', async () => {
    await test.pool.query('create table yard.pair (a int, b int, primary key (b, a)); insert into yard.pair values (1, 1)');
    const options = { table: 'pair', keys: ['a', 'b'] };
    expect((await upsert(['a', 'b'], [{ a: 1, b: 1 }, { a: 1, b: 2 }], options)).tables).toMatchObject([{ inserted: 1, updated: 0, rows: 2 }]); // prettier-ignore
  });

  it('C-74: refuses to work without keys, or with keys that are not staged', async () => {
    await expect(upsert(['id'], [{ id: 1 }], { keys: [] })).rejects.toMatchObject({
      code: 'definition-invalid',
      message: 'upsert_keys required for UPSERT strategy',
    });
    await expect(upsert(['qty'], [{ qty: 1 }])).rejects.toMatchObject({ code: 'definition-invalid' });
  });

  it.each([
    ['no index', 'create table yard.keyless (id int, qty int)'],
    ['an index over other columns', 'create table yard.keyless (id int, qty int, unique (id, qty))'],
    ['an index of some rows', 'create table yard.keyless (id int, qty int); create unique index on yard.keyless (id) where qty > 0'],
    ['a plain index', 'create table yard.keyless (id int, qty int); create index on yard.keyless (id)'],
    ['a key that is checked late', 'create table yard.keyless (id int unique deferrable, qty int)'],
  ])('refuses keys that %s makes unique', async (_what, sql) => {
    await test.pool.query(sql);
    await expect(upsert(['id', 'qty'], [{ id: 1, qty: 1 }], { table: 'keyless' })).rejects.toMatchObject({
      code: 'catalog-mismatch',
      message: expect.stringMatching(/"keyless" has no primary key and no unique index over exactly "id"/),
    });
  });

  it('inserts rows whose key is null every time, and warns', async () => {
    await test.pool.query('create table yard.loose (id int unique, qty int)');
    const rows = [{ id: null, qty: 1 }, { id: null, qty: 1 }, { id: 3, qty: 1 }]; // prettier-ignore
    await upsert(['id', 'qty'], rows, { table: 'loose' });
    const { tables } = await upsert(['id', 'qty'], rows, { table: 'loose', proof: 'hash' });
    expect(tables).toMatchObject([{ inserted: 2, updated: 0, rows: 5, collapsed: 0, warnings: [expect.stringContaining('2 rows')] }]);
  });

  it('writes only rows that differ, whatever their types', async () => {
    await test.pool.query(`create table yard.wide (id int primary key, j json, n numeric, t text, u uuid, b bytea);
      insert into yard.wide select i, '{"a": 1}', 1.0, 'x', null, '\\x00' from generate_series(1, 100) i`);
    const rows = Array.from({ length: 100 }, (_, index) => ({ id: index + 1, j: '{"a": 1}', n: index === 7 ? '1.00' : '1.0', t: index === 9 ? 'X' : 'x', u: null, b: '\\x00' })); // prettier-ignore
    const before = await test.rows('select id, ctid::text, xmax::text from yard.wide order by id');
    const wide = stage('wide', { id: 'integer', j: 'json', n: 'decimal', t: 'string', u: 'uuid', b: 'bytes' }, rows);
    const strategy: WriteStrategy = { kind: 'upsert', keys: ['id'], updateMissing: 'keep' };
    const { tables } = await test.publish([wide], { schema: 'yard', strategy });
    expect(tables).toMatchObject([{ inserted: 0, updated: 2, unchanged: 98 }]);
    const after = await test.rows('select id, ctid::text, xmax::text from yard.wide order by id');
    expect(after.filter((row, index) => JSON.stringify(row) !== JSON.stringify(before[index])).map(({ id }) => id as number)).toEqual([
      8, 10,
    ]);
  });

  it('waits for whoever writes the table, so that nothing written meanwhile is lost or met twice', async () => {
    const other = await test.pool.connect();
    await other.query(`begin; update yard.stock set label = 'meanwhile' where id = 1; insert into yard.stock (id, qty) values (50, 1)`);
    const writing = upsert(['id', 'qty'], [{ id: 1, qty: 6 }, { id: 50, qty: 7 }]); // prettier-ignore
    while ((await test.rows(`select from pg_locks where relation = 'yard.stock'::regclass and not granted`)).length === 0);
    expect(await stock('id = 1')).toMatchObject([{ label: 'old' }]);
    await other.query('commit');
    other.release();
    expect((await writing).tables).toMatchObject([{ inserted: 0, updated: 2 }]);
    expect(await stock('id <> 2')).toMatchObject([{ id: 1, label: 'meanwhile', qty: 6 }, { id: 50, qty: 7 }]); // prettier-ignore
  });

  it('changes nothing in a dry run and shows old and new values', async () => {
    const before = await places();
    const { differences } = await upsert(['id', 'qty'], [{ id: 1, qty: 6 }, { id: 50, qty: 7 }], { dryRun: true }); // prettier-ignore
    expect(differences['stock']).toEqual([
      { change: 'delete', row: { id: '1', qty: '5' } },
      { change: 'insert', row: { id: '1', qty: '6' } },
      { change: 'insert', row: { id: '50', qty: '7' } },
    ]);
    expect(await places()).toEqual(before);
  });
});

type UpsertOptions = Partial<PublishRequest> & { table?: string; keys?: readonly string[]; updateMissing?: 'keep' | 'default' };
