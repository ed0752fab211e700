import { once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { Catalog } from '../catalog/catalog';
import { Warehouse } from '../warehouse/warehouse';
import { TableReader } from './table-reader';

const ROWS = 200_000;

describe('TableReader (postgres)', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase({ migrated: false });
    await test.pool.query(`create table many as select i as id, repeat('x', 100) as text from generate_series(1, ${ROWS}) i`);
  });
  afterAll(() => test.drop());

  it.each(['json', 'csv'] as const)(
    'ends a read as %s of which nobody takes anything, so that others may change the table',
    async (format) => {
      const warehouse = new Warehouse(test.pool);
      const table = (await new Catalog(warehouse).find('public', 'many'))!;
      const body = await new TableReader(warehouse).open({ table, columns: table.columns, format, limit: null, offset: 0, patienceMs: 20 });
      await once(body, 'close');
      expect(body.readableEnded).toBe(false);
      await test.pool.query('alter table many add column if not exists more int');
    },
  );
});
