import { stage, TestWarehouse } from '../../../test/test-warehouse';

const COLUMNS = { id: 'integer', city: 'string', weight: 'float' } as const;

describe('replace by comparison (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());

  const places = async (table: string): Promise<Map<string, string>> => {
    const rows = await test.rows<{ id: string; place: string }>(`select id::text, xmin || '/' || ctid as place from ${table}`);
    return new Map(rows.map(({ id, place }) => [id, place]));
  };

  it('writes only the row that changed among many', async () => {
    const rows = Array.from({ length: 500 }, (_, id) => ({ id, city: `city ${id % 7}`, weight: id / 3 }));
    await test.publish([stage('one_changed', COLUMNS, rows)]);
    const before = await places('one_changed');
    const changed = rows.map((row) => (row.id === 250 ? { ...row, city: 'elsewhere' } : row));
    const { tables } = await test.publish([stage('one_changed', COLUMNS, changed)]);
    expect(tables).toEqual([{ table: 'one_changed', inserted: 1, deleted: 1, unchanged: 499, rows: 500 }]);
    const after = await places('one_changed');
    expect([...after].filter(([id, place]) => before.get(id) !== place).map(([id]) => id)).toEqual(['250']);
    expect(await test.rows(`select city from one_changed where id = 250`)).toEqual([{ city: 'elsewhere' }]);
  });

  it('keeps as many copies of a duplicate as are staged, both ways', async () => {
    const copies = (a: number, b: number) => [
      ...Array.from({ length: a }, () => ({ id: 1, city: null })),
      ...Array.from({ length: b }, () => ({ id: 2, city: '' })),
    ];
    const count = () => test.rows(`select id::int, city, count(*)::int as n from copies group by id, city order by id`);
    await test.publish([stage('copies', COLUMNS, copies(3, 1))]);
    const { tables } = await test.publish([stage('copies', COLUMNS, copies(1, 4))]);
    expect(tables).toEqual([{ table: 'copies', inserted: 3, deleted: 2, unchanged: 2, rows: 5 }]);
    expect(await count()).toEqual([
      { id: 1, city: null, n: 1 },
      { id: 2, city: '', n: 4 },
    ]);
  });

  it('tells null from the empty text and treats two nulls as equal', async () => {
    await test.publish([
      stage('nulls', COLUMNS, [
        { id: null, city: null, weight: null },
        { id: 1, city: '', weight: null },
      ]),
    ]);
    const { tables } = await test.publish([
      stage('nulls', COLUMNS, [
        { id: null, city: null, weight: null },
        { id: 1, city: null, weight: null },
      ]),
    ]);
    expect(tables).toMatchObject([{ inserted: 1, deleted: 1, unchanged: 1 }]);
    expect(await test.rows('select count(*)::int as n from nulls where city is null')).toEqual([{ n: 2 }]);
  });

  it('compares columns whose types have no equality, or a coarse one, by their text', async () => {
    await test.pool.query(`create table loose (id bigint, doc json, at point, amount numeric, tags text[], note xml, code char(5))`);
    await test.pool.query(`insert into loose select g, '{"a": 1}', '(1,2)', 1.0, '{x,y}', '<a/>', 'ab' from generate_series(1, 3) g`);
    const columns = {
      id: 'integer',
      doc: 'json',
      at: 'string',
      amount: 'decimal',
      tags: 'string',
      note: 'string',
      code: 'string',
    } as const;
    const row = { doc: '{"a": 1}', at: '(1,2)', amount: '1.0', tags: '{x,y}', note: '<a/>', code: 'ab' };
    const rows = [
      { ...row, id: 1 },
      { ...row, id: 2, amount: '1.00' },
      { ...row, id: 3, doc: '{"a": 2}' },
    ];
    const { tables } = await test.publish([stage('loose', columns, rows)]);
    expect(tables).toMatchObject([{ inserted: 2, deleted: 2, unchanged: 1 }]);
    expect(await test.rows(`select id::int, doc::text, at::text, amount::text, tags, note::text, code from loose order by id`)).toEqual([
      { id: 1, doc: '{"a": 1}', at: '(1,2)', amount: '1.0', tags: ['x', 'y'], note: '<a/>', code: 'ab   ' },
      { id: 2, doc: '{"a": 1}', at: '(1,2)', amount: '1.00', tags: ['x', 'y'], note: '<a/>', code: 'ab   ' },
      { id: 3, doc: '{"a": 2}', at: '(1,2)', amount: '1.0', tags: ['x', 'y'], note: '<a/>', code: 'ab   ' },
    ]);
  });

  it('sees a change of case that the collation of the column calls equal', async () => {
    await test.pool.query(`create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`);
    await test.pool.query(`create domain word as text collate blind`);
    await test.pool.query(
      `create table cased (id bigint, name text collate blind, nick word); insert into cased values (1, 'Ana', 'An'), (2, 'Bea', 'Be')`,
    );
    const rows = [
      { id: 1, name: 'ana', nick: 'An' },
      { id: 2, name: 'Bea', nick: 'be' },
    ];
    const { tables } = await test.publish([stage('cased', { id: 'integer', name: 'string', nick: 'string' }, rows)]);
    expect(tables).toMatchObject([{ inserted: 2, deleted: 2 }]);
    expect(await test.rows('select id::int, name, nick from cased order by id')).toEqual(rows);
  });

  it('works with names that are keywords, mixed case, or hold quotes and spaces', async () => {
    const columns = { select: 'string', 'He said "hi"': 'integer', 'ünï çode': 'boolean' } as const;
    const staged = (flag: boolean) =>
      stage('Group "by"', columns, [{ select: 'a,"b"\n', 'He said "hi"': '9007199254740993', 'ünï çode': flag }]);
    await test.publish([staged(true)], { schema: 'Order' });
    const { tables } = await test.publish([staged(false)], { schema: 'Order' });
    expect(tables).toMatchObject([{ inserted: 1, deleted: 1 }]);
    expect(await test.rows('select * from "Order"."Group ""by"""')).toEqual([
      { select: 'a,"b"\n', 'He said "hi"': '9007199254740993', 'ünï çode': false },
    ]);
  });

  it('makes target columns that are not staged null, also those with a default, but leaves identities alone', async () => {
    await test.pool.query(
      `create table wide (serial bigint generated always as identity, id bigint, source text default 'form', twice bigint generated always as (id * 2) stored)`,
    );
    const { tables } = await test.publish([stage('wide', { id: 'integer' }, [{ id: 7 }, { id: 8 }])]);
    expect(tables).toMatchObject([{ inserted: 2 }]);
    expect(await test.rows('select serial > 0 as serial, id::int, source, twice::int from wide order by id')).toEqual([
      { serial: true, id: 7, source: null, twice: 14 },
      { serial: true, id: 8, source: null, twice: 16 },
    ]);
    await test.pool.query(`update wide set source = 'by hand' where id = 8`);
    expect((await test.publish([stage('wide', { id: 'integer' }, [{ id: 7 }, { id: 8 }])])).tables).toMatchObject([
      { inserted: 1, deleted: 1, unchanged: 1 },
    ]);
  });

  it('empties a table when nothing is staged and shrinking is allowed', async () => {
    await test.publish([stage('emptied', COLUMNS, [{ id: 1 }, { id: 1 }, { id: 2 }])]);
    expect((await test.publish([stage('emptied', COLUMNS, [])])).tables).toEqual([
      { table: 'emptied', inserted: 0, deleted: 3, unchanged: 0, rows: 0 },
    ]);
  });
});
