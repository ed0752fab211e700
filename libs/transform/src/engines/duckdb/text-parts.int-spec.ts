import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { parse } from 'csv-parse/sync';
import { to as copyTo } from 'pg-copy-streams';
import type { FileRelation } from '../../plan';
import { DuckDbEngine } from './duckdb-engine';

const never = new AbortController().signal;
const ROWS = 5_000;
const COLUMNS = ['a', 'b', 'c'].map((name) => ({ name, type: 'string' }) as const);
/** Whatever means something in one of the formats, and what stands for it in the other. */
const PIECES = ['', '\\', '\\\\', '\\N', '\\n', '\\.', 'n', 'N', 't', '.', '\n', '\r', '\r\n', '\t', '\b', '\f', '\v', '\x01', '"', ',', 'é', '树', ' ']; // prettier-ignore

/** Every seventh is null. */
function cell(row: number, column: number): string | null {
  if ((row + column) % 7 === 0) return null;
  const pieces = Array.from(
    { length: row % 6 },
    (_, index) => PIECES[(row * (31 + index) + column * 17 + index * index * 13) % PIECES.length],
  );
  return pieces.join('');
}

const parsed = (csv: Buffer): unknown =>
  parse(csv, { record_delimiter: '\n', cast: (text, { quoting }) => (text === '' && !quoting ? null : text) });

describe('parts in the text format of PostgreSQL', () => {
  let folder: string;
  let database: TestDatabase;
  let engine: DuckDbEngine;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-text-'));
    engine = new DuckDbEngine({ memoryLimitBytes: 256 * 1024 ** 2, threads: 2, spillRoot: join(folder, 'spill'), timeoutMs: 60_000 });
    database = await createTestDatabase({ migrated: false });
    await database.pool.query('create table odd (n int, a text, b text, c text)');
    const rows = Array.from({ length: ROWS }, (_, n) => n);
    const cells = COLUMNS.map((_, column) => rows.map((row) => cell(row, column)));
    await database.pool.query('insert into odd select * from unnest($1::int[], $2::text[], $3::text[], $4::text[])', [rows, ...cells]);
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function copied(format: 'csv' | 'text'): Promise<Buffer> {
    const client = await database.pool.connect();
    try {
      return await buffer(client.query(copyTo(`copy (select a, b, c from odd order by n) to stdout (format ${format})`)));
    } finally {
      client.release();
    }
  }

  async function relation(content: Buffer): Promise<FileRelation> {
    const paths = ['first', 'none', 'second'].map((name) => join(folder, name));
    const half = content.indexOf('\n', content.length / 2) + 1;
    const pieces = [content.subarray(0, half), Buffer.alloc(0), content.subarray(half)];
    await Promise.all(paths.map((path, index) => writeFile(path, pieces[index] ?? '')));
    return {
      kind: 'files',
      name: 'odd',
      files: paths.map((path) => ({ path, format: 'text', columns: ['a', 'b', 'c'] })),
      columns: COLUMNS.map(({ name, type }) => ({ source: name, name, type })),
    };
  }

  it('hold the same cells as CSV, and are passed on byte for byte to whoever takes them', async () => {
    const text = await copied('text');
    const source = { relations: [await relation(text)], relation: 'odd' };
    const verbatim = engine.copyRows(source, COLUMNS, never, true);
    expect(verbatim.format).toBe('text');
    expect((await buffer(verbatim.bytes)).equals(text)).toBe(true);

    const csv = engine.copyRows(source, COLUMNS, never);
    expect(csv.format).toBe('csv');
    expect(parsed(await buffer(csv.bytes))).toEqual(parsed(await copied('csv')));
  });
});
