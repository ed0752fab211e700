import { randomUUID } from 'node:crypto';
import type { ColumnType } from '@app/platform';
import { control, stage, TestWarehouse, type Row } from '../../../test/test-warehouse';
import type { LoadRequest, Publication, PublishRequest } from '../../index';

const ODD_TEXTS = ['', ' ', 'a"b', "o'k", 'comma, and\nline', '\\.', 'ü', 'Ü', 'tab\there', '~', 'null'];
const UUIDS = ['0e37df36-f698-11e6-8dd4-cb9ced3df976', '00000000-0000-0000-0000-000000000000'];

describe('upsert with the keys of the source (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());
  beforeEach(() =>
    test.pool.query(`drop schema if exists yard cascade; create schema yard;
      create table yard.stock (id int primary key, label text);
      insert into yard.stock select n, 'old ' || n from generate_series(1, 6) n`),
  );

  interface Given {
    readonly table?: string;
    readonly types?: Readonly<Record<string, ColumnType>>;
    readonly rows?: readonly Row[];
    readonly keys: readonly Row[];
    readonly keyTypes?: Readonly<Record<string, ColumnType>>;
    readonly isOneMoment?: boolean;
  }
  const request = (given: Given): LoadRequest => {
    const {
      table = 'stock',
      types = { id: 'integer', label: 'string' },
      rows = [],
      keys,
      keyTypes = { id: 'integer' },
      isOneMoment = true,
    } = given;
    const strategy = { kind: 'upsert', keys: Object.keys(keyTypes), updateMissing: 'keep' } as const;
    const sourceKeys = { [table]: { staged: stage(table, keyTypes, keys), isOneMoment } };
    return { runId: randomUUID(), schema: 'yard', tables: [stage(table, types, rows)], strategy, sourceKeys };
  };
  const publish = (given: Given, options: Partial<PublishRequest> = {}): Promise<Publication> => {
    const { tables, ...rest } = request(given);
    return test.publish(tables, { ...rest, allowShrink: false, ...options });
  };
  const ids = (...numbers: number[]): Row[] => numbers.map((id) => ({ id }));
  const stock = () => test.rows('select id, label from yard.stock order by id');

  it('updates, inserts and deletes, so that the table holds what the source has', async () => {
    const rows = [{ id: 2, label: 'new' }, { id: 7, label: 'seven' }]; // prettier-ignore
    const { tables } = await publish({ rows, keys: ids(7, 1, 2, 2, 3) });
    expect(tables).toMatchObject([{ inserted: 1, updated: 1, deleted: 3, unchanged: 2, rows: 4 }]);
    expect(await stock()).toEqual([
      { id: 1, label: 'old 1' },
      { id: 2, label: 'new' },
      { id: 3, label: 'old 3' },
      { id: 7, label: 'seven' },
    ]);
  });

  it('deletes although no row is new, and writes nothing when no row is gone', async () => {
    expect((await publish({ keys: ids(1, 2, 3, 4, 5) })).tables).toMatchObject([{ inserted: 0, updated: 0, deleted: 1, rows: 5 }]);
    const before = await test.rows('select id, ctid::text, xmax::text from yard.stock');
    expect((await publish({ keys: ids(1, 2, 3, 4, 5, 6) })).tables).toMatchObject([{ deleted: 0, unchanged: 5 }]);
    expect(await test.rows('select id, ctid::text, xmax::text from yard.stock')).toEqual(before);
  });

  it('lets a new row have what was unique to a row that is gone', async () => {
    await test.pool.query('create unique index on yard.stock (label)');
    await publish({ rows: [{ id: 7, label: 'old 6' }], keys: ids(1, 2, 3, 4, 5, 7) });
    expect(await stock()).toContainEqual({ id: 7, label: 'old 6' });
  });

  it.each([
    ['texts', 'text', 'string', ODD_TEXTS],
    ['uuids', 'uuid', 'uuid', UUIDS],
    ['numbers with other digits', 'numeric', 'decimal', ['1.0', '2.50', 'NaN']],
    ['instants', 'timestamptz', 'timestamptz', ['2025-01-01 00:00:00.123456+00', 'infinity']],
    ['bytes', 'bytea', 'bytes', ['\\x', '\\x00ff']],
  ] as const)('tells rows apart by %s', async (_what, sqlType, type, values) => {
    await test.pool.query(`create table yard.keyed (k ${sqlType} primary key, qty int)`);
    const rows = values.map((k) => ({ k, qty: 1 }));
    const given = { table: 'keyed', types: { k: type, qty: 'integer' }, keyTypes: { k: type } } as const;
    await publish({ ...given, rows, keys: rows });
    for (const gone of values) {
      const keys = rows.filter(({ k }) => k !== gone).map(({ k }) => ({ k: sqlType === 'numeric' && k !== 'NaN' ? `${k}00` : k }));
      const { tables, differences } = await publish({ ...given, keys }, { dryRun: true });
      expect(tables).toMatchObject([{ deleted: 1, unchanged: values.length - 1 }]);
      expect(differences['keyed']).toHaveLength(1);
    }
  });

  it('takes null for a value of its own, in each column of a composite key', async () => {
    await test.pool.query(`create table yard.pair (a int, b text, qty int, unique (a, b));
      insert into yard.pair values (1, 'x', 1), (1, null, 2), (null, 'x', 3), (null, null, 4), (2, 'x', 5), (2, null, 6), (null, 'y', 7)`);
    const pair = { table: 'pair', types: { b: 'string', a: 'integer', qty: 'integer' }, keyTypes: { b: 'string', a: 'integer' } } as const;
    const keys = [{ a: 1, b: null }, { a: null, b: 'x' }, { a: null, b: null }, { a: 2, b: 'x' }, { a: 2, b: 'x' }]; // prettier-ignore
    expect((await publish({ ...pair, keys })).tables).toMatchObject([{ deleted: 3, rows: 4 }]);
    expect(await test.rows('select qty from yard.pair order by qty')).toEqual([{ qty: 2 }, { qty: 3 }, { qty: 4 }, { qty: 5 }]);
  });

  it('stops at the shrink brake with nothing written, and goes on when it is allowed to', async () => {
    await test.pool.query(`insert into yard.stock select n, 'more' from generate_series(7, 200) n`);
    const given = { rows: [{ id: 1, label: 'new' }], keys: Array.from({ length: 99 }, (_, n) => ({ id: n + 1 })) };
    await expect(publish(given)).rejects.toMatchObject({ code: 'shrink-refused', message: expect.stringContaining('from 200 to 99') });
    expect(await test.rows(`select count(*)::int as n from yard.stock where label <> 'new'`)).toEqual([{ n: 200 }]);
    expect((await publish({ ...given, keys: [...given.keys, { id: 100 }] })).tables).toMatchObject([{ deleted: 100 }]);
    expect((await publish({ ...given, keys: ids(1) }, { allowShrink: true })).tables).toMatchObject([{ deleted: 99, rows: 1 }]);
  });

  it('never empties a table without being allowed to, however small, nor replaces all of its rows', async () => {
    await expect(publish({ keys: [] })).rejects.toMatchObject({ code: 'shrink-refused' });
    await expect(publish({ rows: [{ id: 9, label: 'x' }], keys: ids(9) })).rejects.toMatchObject({ code: 'shrink-refused' });
    expect((await publish({ keys: [] }, { allowShrink: true })).tables).toMatchObject([{ deleted: 6, rows: 0 }]);
    expect((await publish({ keys: [] })).tables).toMatchObject([{ deleted: 0, rows: 0 }]);
  });

  it('shows in a dry run what would go and come, and changes nothing', async () => {
    const before = await stock();
    const { differences } = await publish({ rows: [{ id: 2, label: 'new' }], keys: ids(1, 2, 3, 4, 5) }, { dryRun: true });
    expect(differences['stock']).toEqual([
      { change: 'delete', row: { id: '6', label: 'old 6' } },
      { change: 'delete', row: { id: '2', label: 'old 2' } },
      { change: 'insert', row: { id: '2', label: 'new' } },
    ]);
    expect(await stock()).toEqual(before);
  });

  it.each(['rows', 'hash'] as const)(
    'leaves out staged rows that went before the keys were read, and proves the others by %s',
    async (proof) => {
      const rows = [{ id: 2, label: 'new' }, { id: 6, label: 'newer' }, { id: 8, label: 'came and went' }]; // prettier-ignore
      // In a table of the staged types, whose content is what was hashed.
      await test.pool.query('alter table yard.stock alter id type bigint');
      const contentHashes = { stock: '1' };
      const { tables } = await publish({ rows, keys: ids(1, 2, 3, 4, 5), isOneMoment: false }, { proof, contentHashes });
      expect(tables).toMatchObject([
        { inserted: 0, updated: 1, deleted: 1, rows: 5, proof: { rows: 1 }, warnings: [expect.stringContaining('2 rows were left out')] },
      ]);
      expect((await stock()).map(({ id }) => Number(id))).toEqual([1, 2, 3, 4, 5]);
    },
  );

  it('refuses rows and keys of one moment that do not belong together', async () => {
    const rows = [{ id: 2, label: 'new' }, { id: -3, label: 'made up' }]; // prettier-ignore
    await expect(publish({ rows, keys: ids(1, 2, 3, 4, 5, 6) })).rejects.toMatchObject({
      code: 'load-unproven',
      message: expect.stringMatching(/1 rows for table "stock" have keys that their source does not list.*"id"/),
    });
    expect(await stock()).toContainEqual({ id: 2, label: 'old 2' });
  });

  it('deletes the same when it is published without what was loaded, and once only', async () => {
    const own = request({ rows: [{ id: 7, label: 'seven' }], keys: ids(1, 2, 3, 4, 7) });
    const loaded = await test.publisher.load(own, control());
    expect(loaded).toMatchObject([{ keys: expect.stringMatching(/^run_/) as string }]);
    const staged = await test.rows(`select count(*)::int as n from tributary_staging."${loaded[0]?.keys ?? ''}"`);
    expect(staged).toEqual([{ n: 5 }]);
    await test.pool.query(`truncate tributary_staging."${loaded[0]?.keys ?? ''}"`); // as a crash of the server does
    const publication = { ...own, loaded, locks: [], allowShrink: false, dryRun: false };
    expect((await test.publisher.publish(publication, control())).tables).toMatchObject([{ inserted: 1, deleted: 2 }]);
    await test.pool.query(`insert into yard.stock values (5, 'by hand')`);
    expect(await test.publisher.publish({ ...publication, loaded: [] }, control())).toMatchObject({ alreadyPublished: true });
    expect(await stock()).toContainEqual({ id: 5, label: 'by hand' });
    await test.publisher.discard(own.runId);
    expect(await test.rows(`select from pg_tables where schemaname = 'tributary_staging' and tablename = $1`, [loaded[0]?.keys])).toEqual(
      [],
    );
  });

  it.each([
    ['another strategy', { strategy: { kind: 'append' } }],
    ['another strategy with the same keys', { strategy: { kind: 'scd2', keys: ['id'] } }],
    ['other keys', { strategy: { kind: 'upsert', keys: ['label'], updateMissing: 'keep' } }],
    ['some of the keys', { strategy: { kind: 'upsert', keys: ['id', 'label'], updateMissing: 'keep' } }],
  ] as const)('refuses %s', async (_what, options) => {
    await expect(publish({ keys: ids(1) }, options)).rejects.toMatchObject({
      code: 'definition-invalid',
      message: expect.stringContaining('by upsert only, with exactly the keys id'),
    });
  });

  it('refuses keys that the table cannot hold', async () => {
    await expect(publish({ keys: [{ id: true }], keyTypes: { id: 'boolean' } })).rejects.toMatchObject({ code: 'catalog-mismatch' });
  });
});
