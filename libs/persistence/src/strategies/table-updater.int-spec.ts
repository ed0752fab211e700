import { randomUUID } from 'node:crypto';
import type { ColumnType } from '@app/platform';
import { control, stage, TestWarehouse, type Row } from '../../test/test-warehouse';
import { TableUpdater, type UpdateRequest, type UpdateStrategy } from './table-updater';

const SITE: Readonly<Record<string, ColumnType>> = { id: 'integer', name: 'string' };
const append: UpdateStrategy = { kind: 'append' };

describe('TableUpdater (postgres)', () => {
  let test: TestWarehouse;
  let updater: TableUpdater;

  beforeAll(async () => {
    test = await TestWarehouse.create();
    updater = new TableUpdater(test.warehouse);
    await test.pool.query(`create table site (id bigint, name text, hub bigint default 4);
      create table coded (code varchar(10), note text);
      create table strict (id bigint check (id < 100))`);
  });
  afterAll(() => test.drop());
  beforeEach(() => test.pool.query('truncate site, coded, strict'));

  const request = (
    table: string,
    columns: Readonly<Record<string, ColumnType>>,
    rows: readonly Row[],
    strategy: UpdateStrategy,
  ): UpdateRequest => ({
    id: randomUUID(),
    schema: 'public',
    staged: stage(table, columns, rows),
    strategy,
    locks: [
      { resource: 'warehouse:test', mode: 'shared' },
      { resource: `table:public.${table}`, mode: 'exclusive' },
    ],
  });
  const update = (...args: Parameters<typeof request>): ReturnType<TableUpdater['update']> => updater.update(request(...args), control());
  const names = async (): Promise<unknown[]> => (await test.rows<{ name: string }>('select name from site')).map(({ name }) => name);

  it('appends behind what is there; columns that are not staged take their default', async () => {
    await update('site', SITE, [{ id: 1, name: 'a' }], append);
    expect(await update('site', SITE, [{ id: 1, name: 'b' }], append)).toEqual({
      table: 'site',
      inserted: 1,
      deleted: 0,
      unchanged: 1,
      rows: 2,
    });
    expect(await test.rows('select id::int, name, hub::int from site')).toEqual([
      { id: 1, name: 'a', hub: 4 },
      { id: 1, name: 'b', hub: 4 },
    ]);
  });

  it('replaces everything, with nothing too', async () => {
    await update('site', SITE, [{ id: 1, name: 'a' }, { id: 2, name: 'b' }], append); // prettier-ignore
    expect(await update('site', SITE, [{ id: 2, name: 'c' }], { kind: 'replace' })).toMatchObject({ inserted: 1, deleted: 2, rows: 1 });
    expect(await update('site', SITE, [], { kind: 'replace' })).toMatchObject({ inserted: 0, deleted: 1, rows: 0 });
  });

  it('writes once however often it is asked for, whatever the table has become since', async () => {
    const once = request('site', SITE, [{ id: 1, name: 'a' }], append);
    const first = await updater.update(once, control());
    await test.pool.query(`insert into site values (7, 'later')`);
    expect([await updater.update(once, control()), await updater.find(once.id)]).toEqual([first, first]);
    expect(await names()).toEqual(['a', 'later']);
    expect(await updater.find(randomUUID())).toBeNull();
  });

  it('writes once when two workers do it at the same time', async () => {
    const once = request('site', SITE, [{ id: 1, name: 'a' }], append);
    await Promise.all([updater.update(once, control()), updater.update(once, control())]);
    expect(await names()).toEqual(['a']);
  });

  it.each([append, { kind: 'replace' }, { kind: 'key', columns: ['id'] }] as const)(
    'leaves the table as it was when a row is refused ($kind)',
    async (strategy) => {
      await test.pool.query('insert into strict values (1)');
      const failing = request('strict', { id: 'integer' }, [{ id: 1 }, { id: 2 }, { id: 100 }], strategy);
      await expect(updater.update(failing, control())).rejects.toMatchObject({
        code: 'load-failed',
        message: expect.stringContaining('"strict"'),
      });
      expect(await test.rows('select id::int from strict')).toEqual([{ id: 1 }]);
      expect(await updater.find(failing.id)).toBeNull();
    },
  );

  it('deletes rows with the same keys, each key once, and inserts every staged row', async () => {
    await test.pool.query(`insert into site values (1, 'a'), (2, 'b'), (2, 'b2'), (null, 'none')`);
    const change = await update('site', SITE, [{ id: 2, name: 'x' }, { id: 2, name: 'y' }, { id: null, name: 'z' }], { kind: 'key', columns: ['id'] }); // prettier-ignore
    expect(change).toEqual({ table: 'site', inserted: 3, deleted: 2, unchanged: 2, rows: 5 });
    expect(await names()).toEqual(['a', 'none', 'x', 'y', 'z']);
  });

  it('compares keys of several columns, each by its own type', async () => {
    await test.pool.query(`insert into site values (1, 'a'), (1, 'A'), (2, 'a')`);
    await update('site', { ...SITE, hub: 'integer' }, [{ id: 1, name: 'a', hub: 9 }], { kind: 'key', columns: ['id', 'name'] });
    expect(await test.rows('select id::int, name, hub::int from site')).toEqual([
      { id: 1, name: 'A', hub: 4 },
      { id: 2, name: 'a', hub: 4 },
      { id: 1, name: 'a', hub: 9 },
    ]);
  });

  it('compares texts byte by byte, also where the column takes letter cases for equal', async () => {
    await test.pool.query(`create collation if not exists blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      alter table coded alter code type varchar(10) collate blind; insert into coded values ('a', '1'), ('A', '2')`);
    await update('coded', { code: 'string', note: 'string' }, [{ code: 'a', note: 'new' }], { kind: 'key', columns: ['code'] });
    expect(await test.rows('select note from coded')).toEqual([{ note: '2' }, { note: 'new' }]);
  });

  it('refuses a key that is not staged, does not exist or is of another type, before anything is deleted', async () => {
    await test.pool.query(`create table dated (seen_on date, id bigint); insert into dated values ('2020-01-01', 1)`);
    const attempts = ['seen_on', 'id', 'gone'].map((column) =>
      update('dated', { seen_on: 'date' }, [{ seen_on: '2020-01-01' }], { kind: 'key', columns: [column] }),
    );
    expect((await Promise.allSettled(attempts)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await test.rows('select id::int from dated')).toEqual([{ id: 1 }]);
  });

  it('refuses a table or a column that does not exist', async () => {
    await expect(update('gone', { a: 'string' }, [{ a: 'x' }], append)).rejects.toMatchObject({ code: 'catalog-mismatch' });
    await expect(update('site', { ID: 'integer' }, [{ ID: 1 }], append)).rejects.toMatchObject({ code: 'catalog-mismatch' });
  });

  it('waits for a publication of the whole warehouse, and not for an update of another table', async () => {
    const holder = await test.pool.connect();
    const lock = (resource: string): Promise<unknown> =>
      holder.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`tributary:${resource}`]);
    const isWaiting = async (): Promise<boolean> =>
      (await test.rows(`select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`)).length > 0;
    await holder.query('begin');
    await lock('table:public.coded');
    await update('site', SITE, [{ id: 1, name: 'a' }], append);
    await lock('warehouse:test');
    const waiting = update('site', SITE, [{ id: 2, name: 'b' }], append);
    const ended = new AbortController();
    void waiting.finally(() => ended.abort());
    while (!ended.signal.aborted && !(await isWaiting()));
    expect(await names()).toEqual(['a']);
    await holder.query('rollback');
    holder.release();
    expect(await waiting).toMatchObject({ inserted: 1, rows: 2 });
  });
});
