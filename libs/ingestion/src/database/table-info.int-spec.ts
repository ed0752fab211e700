import { createTestDatabase, type TestDatabase } from '@app/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { Database } from 'node-sqlite3-wasm';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSource } from './database.source';
import { tableInfo } from './table-info';

describe('tableInfo', () => {
  const { signal } = new AbortController();
  const source = new DatabaseSource();
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
    await database.pool.query(`CREATE SCHEMA "Yard"; CREATE TABLE "Yard"."Mixed ""Case" (id int PRIMARY KEY, label text);
      INSERT INTO "Yard"."Mixed ""Case" VALUES (1, 'a'), (2, NULL); CREATE TABLE empty (at timestamptz NOT NULL)`);
  });
  afterAll(async () => {
    await source.close();
    await database.drop();
  });

  it('describes a table of a schema, with its rows counted', async () => {
    expect(await tableInfo(source, database.url, { table: 'Mixed "Case', schema: 'Yard' }, signal)).toEqual({
      table_name: 'Mixed "Case',
      schema: 'Yard',
      columns: [
        { column_name: 'id', data_type: 'integer', is_nullable: 'NO' },
        { column_name: 'label', data_type: 'text', is_nullable: 'YES' },
      ],
      row_count: 2,
    });
  });

  it('looks into the current schema unless told otherwise', async () => {
    expect(await tableInfo(source, database.url, { table: 'empty' }, signal)).toEqual({
      table_name: 'empty',
      schema: null,
      columns: [{ column_name: 'at', data_type: 'timestamp with time zone', is_nullable: 'NO' }],
      row_count: 0,
    });
  });

  it('names a table that is not there', async () => {
    await expect(tableInfo(source, database.url, { table: 'x"; DROP TABLE empty; --' }, signal)).rejects.toMatchObject({
      retryable: false,
    });
    expect((await tableInfo(source, database.url, { table: 'empty' }, signal)).row_count).toBe(0);
  });

  it('reads what SQLite knows', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
    const file = join(folder, 'garden.db');
    const garden = new Database(file);
    garden.exec("CREATE TABLE pots (id integer NOT NULL, label text); INSERT INTO pots VALUES (1, 'a')");
    garden.close();
    expect(await tableInfo(source, `sqlite:///${file}`, { table: 'pots' }, signal)).toMatchObject({
      columns: [
        { column_name: 'id', data_type: 'INTEGER', is_nullable: 'NO' },
        { column_name: 'label', data_type: 'TEXT', is_nullable: 'YES' },
      ],
      row_count: 1,
    });
    await rm(folder, { recursive: true });
  });
});
