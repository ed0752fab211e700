import { randomUUID } from 'node:crypto';
import type { ColumnType } from '@app/platform';
import { stage, TestWarehouse, type Row } from '../../test/test-warehouse';
import type { PublishRequest, TableChange } from '../index';
import type { WriteStrategy } from './write-strategy';

const INSERT: WriteStrategy = { kind: 'insert' };
const APPEND: WriteStrategy = { kind: 'append' };
const UPSERT: WriteStrategy = { kind: 'upsert', keys: ['id'], updateMissing: 'keep' };
const REPLACE: WriteStrategy = { kind: 'truncate', onEmpty: 'keep' };
const STOCK: Readonly<Record<string, ColumnType>> = { id: 'integer', label: 'string', qty: 'integer', price: 'decimal' };

/** Cases of the platform's persistence, by their numbers. */
describe('write strategies (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());
  beforeEach(() =>
    test.pool.query(`drop schema if exists yard cascade; create schema yard;
      create table yard.stock (id int primary key, label text default 'none', qty int, price numeric(8,2))`),
  );

  const write = async (
    strategy: WriteStrategy,
    columns: readonly string[],
    rows: readonly Row[],
    options: Partial<PublishRequest> = {},
  ): Promise<TableChange> => {
    const types = Object.fromEntries(columns.map((name) => [name, STOCK[name] ?? 'string']));
    const publication = await test.publish([stage('stock', types, rows)], { schema: 'yard', strategy, ...options });
    const [change] = publication.tables;
    if (change === undefined) throw new Error('Nothing was reported.');
    return change;
  };
  const stock = () => test.rows('select * from yard.stock order by id');
  const refusal = async (attempt: Promise<unknown>): Promise<Record<string, unknown>> =>
    attempt.then(
      () => Promise.reject(new Error('It was not refused.')),
      (error: unknown) => error as Record<string, unknown>,
    );

  describe('insert', () => {
    it('C-66: gives columns that are not staged their default', async () => {
      expect(await write(INSERT, ['id'], [{ id: 1 }, { id: 2 }, { id: 3 }])).toMatchObject({ inserted: 3, rows: 3, unchanged: 0 });
      expect(await stock()).toEqual([1, 2, 3].map((id) => ({ id, label: 'none', qty: null, price: null })));
    });

    it('C-67: refuses a key that exists, all of the write, and never quotes the value', async () => {
      await write(INSERT, ['id', 'label'], [{ id: 1, label: 'Jane Doe' }]);
      const error = await refusal(write(INSERT, ['id', 'label'], [{ id: 9, label: 'Joe' }, { id: 1, label: 'Jane Doe' }])); // prettier-ignore
      expect(error).toMatchObject({ code: 'load-failed', retryable: false, details: { sqlstate: '23505', constraint: 'stock_pkey' } });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/Jane|\(1\)|=\(/);
      expect(await stock()).toMatchObject([{ id: 1 }]);
    });

    it('C-68: keeps empty text, a backslash N, quotes, commas and line breaks as they are', async () => {
      const labels = ['', '\\N', 'a"b,\nc', '\\.', ' x '];
      await write(
        INSERT,
        ['id', 'label'],
        labels.map((label, id) => ({ id, label })),
      );
      expect((await stock()).map(({ label }) => label as string)).toEqual(labels);
    });

    it('C-69: writes whole numbers beside nulls', async () => {
      await write(INSERT, ['id', 'qty'], [{ id: 1, qty: 4 }, { id: 2, qty: null }]); // prettier-ignore
      expect((await stock()).map(({ qty }) => qty as unknown)).toEqual([4, null]);
    });

    it('never makes a table, names the one that is missing, and refuses an unknown column', async () => {
      await test.pool.query('drop table yard.stock');
      expect(await refusal(write(INSERT, ['id'], [{ id: 1 }]))).toMatchObject({
        code: 'catalog-mismatch',
        retryable: false,
        message: expect.stringContaining('"yard"."stock"'),
      });
      expect(await write(INSERT, ['id'], [])).toMatchObject({ inserted: 0, rows: 0, warnings: [expect.any(String)] });
      await test.pool.query('create table yard.stock (id int)');
      expect(await refusal(write(INSERT, ['id', 'colour'], [{ id: 1, colour: 'red' }]))).toMatchObject({ code: 'catalog-mismatch' });
    });

    it('C-79: writes names of mixed case, and refuses one that holds a statement', async () => {
      await test.pool.query('create table yard."Mixed Case" ("Id" int)');
      const insert = { schema: 'yard', strategy: INSERT };
      await test.publish([stage('Mixed Case', { Id: 'integer' }, [{ Id: 5 }])], insert);
      expect(await test.rows('select "Id" from yard."Mixed Case"')).toEqual([{ Id: 5 }]);
      for (const strategy of [INSERT, APPEND, REPLACE]) {
        const hostile = test.publish([stage('x; DROP TABLE yard.stock', { id: 'integer' }, [{ id: 1 }])], { schema: 'yard', strategy });
        expect(await refusal(hostile)).toMatchObject({ code: 'definition-invalid' });
      }
      expect(await stock()).toEqual([]);
    });

    it.each(['tributary', 'tributary_staging', 'pg_catalog', 'pg_temp', 'information_schema'])('never writes into %s', async (schema) => {
      const attempt = test.publish([stage('publication', { run_id: 'string' }, [{ run_id: 'x' }])], { schema, strategy: APPEND });
      expect(await refusal(attempt)).toMatchObject({ code: 'definition-invalid' });
    });

    it('lets several insert into one table at the same time', async () => {
      const other = await test.pool.connect();
      await other.query('begin; insert into yard.stock (id) values (100)');
      await write(INSERT, ['id'], [{ id: 1 }]);
      await other.query('commit');
      other.release();
      expect(await stock()).toHaveLength(2);
    });
  });

  describe('append', () => {
    const TYPES = { a: 'integer', b: 'float', c: 'boolean', d: 'timestamp', e: 'timestamptz', f: 'string', g: 'decimal', h: 'date', i: 'json', j: 'uuid', k: 'bytes' } as const; // prettier-ignore
    const ROW: Row = { a: 4, b: 1.5, c: true, d: '2025-04-02 08:00:00', e: '2025-04-02 08:00:00+02', f: 'x', g: '0.10', h: '2025-04-02', i: '{"a": 1}', j: '00000000-0000-0000-0000-000000000001', k: '\\x6162' }; // prettier-ignore

    it('C-75: makes a missing table with the types of the plan, and its rows', async () => {
      const publication = await test.publish([stage('made', TYPES, [ROW])], { schema: 'yard', strategy: APPEND });
      expect(publication.tables).toEqual([{ table: 'made', inserted: 1, deleted: 0, unchanged: 0, rows: 1 }]);
      const types = await test.rows<{ type: string }>(
        `select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'yard.made'::regclass and attnum > 0 order by attnum`,
      );
      expect(types.map(({ type }) => type)).toEqual([
        'bigint',
        'double precision',
        'boolean',
        'timestamp without time zone',
        'timestamp with time zone',
        'text',
        'numeric',
        'date',
        'jsonb',
        'uuid',
        'bytea',
      ]);
      expect(await test.rows('select a::int, b, c, f, g::text, h::text, i, k::text from yard.made')).toEqual([
        { a: 4, b: 1.5, c: true, f: 'x', g: '0.10', h: '2025-04-02', i: { a: 1 }, k: '\\x6162' },
      ]);
    });

    it('adds the same rows again in another publication, and makes no table for none', async () => {
      await write(APPEND, ['label', 'id'], [{ id: 1, label: 'a' }]);
      expect(await write(APPEND, ['label', 'id'], [{ id: 2, label: 'a' }])).toMatchObject({ inserted: 1, unchanged: 1, rows: 2 });
      await test.publish([stage('none', { id: 'integer' }, [])], { schema: 'yard', strategy: APPEND });
      expect(await test.rows(`select to_regclass('yard.none') as found`)).toEqual([{ found: null }]);
    });

    it('makes keys and indexes once, after the rows are in', async () => {
      const indexes = { lot: [{ columns: ['id'], kind: 'primary' as const }, { columns: ['label', 'id'] }] };
      for (const id of [1, 2]) {
        const lot = stage('lot', { id: 'integer', label: 'string' }, [{ id, label: 'x' }]);
        await test.publish([lot], { schema: 'yard', strategy: APPEND, indexes });
      }
      expect(await test.rows(`select indexdef from pg_indexes where tablename = 'lot' order by indexname`)).toEqual([
        { indexdef: expect.stringContaining('(label, id)') },
        { indexdef: expect.stringContaining('UNIQUE INDEX lot_pkey') },
      ]);
    });
  });

  describe('redelivery', () => {
    it.each<WriteStrategy>([
      APPEND,
      INSERT,
      UPSERT,
      REPLACE,
      { kind: 'truncate', onEmpty: 'truncate', lock: 'table' },
      { kind: 'replace' },
      { kind: 'key', columns: ['id'] },
    ])('C-80: writes once however often it is delivered ($kind)', async (strategy) => {
      const rows = Array.from({ length: 10 }, (_, id) => ({ id, label: 'x' }));
      const runId = randomUUID();
      const first = await write(strategy, ['id', 'label'], rows, { runId });
      await test.pool.query(`update yard.stock set label = 'since then'`);
      expect(await write(strategy, ['id', 'label'], rows, { runId })).toEqual(first);
      expect(await test.rows('select count(*)::int as n, min(label) as label from yard.stock')).toEqual([{ n: 10, label: 'since then' }]);
      expect(await test.publisher.isPublished(runId)).toBe(true);
      expect(await test.publisher.isPublished(randomUUID())).toBe(false);
    });
  });
});
