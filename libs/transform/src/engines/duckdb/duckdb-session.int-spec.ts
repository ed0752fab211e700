import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbSession } from './duckdb-session';

const MEMORY_LIMIT_BYTES = 64 * 1024 ** 2;

describe('DuckDbSession (duckdb)', () => {
  let folder: string;
  let session: DuckDbSession;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-session-'));
    session = await DuckDbSession.open({
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      threads: 1,
      tempDirectory: folder,
      directories: [folder],
      signal: new AbortController().signal,
    });
  });
  afterAll(async () => {
    session.close();
    await rm(folder, { recursive: true });
  });

  // What a query says is checked before; this is what remains should the check ever miss something.
  it.each([
    ["select * from read_text('/etc/passwd')", 'Permission Error'],
    ["copy (select 1) to '/tmp/tributary-escape.csv'", 'Permission Error'],
    ["attach '/tmp/tributary-escape.db'", 'Permission Error'],
    ['install httpfs', 'Permission Error'],
    ["select * from read_csv('https://127.0.0.1:1/x.csv')", 'Permission Error'],
    [`set memory_limit = '9GB'`, 'Invalid Input Error'],
    ['set enable_external_access = true', 'Invalid Input Error'],
    [`set temp_directory = '/tmp'`, 'Invalid Input Error'],
    [`set allowed_directories = ['/']`, 'Invalid Input Error'],
    ['reset lock_configuration', 'Invalid Input Error'],
  ])('refuses %s by itself', async (sql, kind) => {
    await expect(session.execute(sql, 'escape')).rejects.toThrow(`The transform failed at escape: ${kind}`);
  });

  it('reads the folders that it was given', async () => {
    await writeFile(join(folder, 'x.csv'), 'a\n1\n');
    expect(await session.rows(`select * from read_csv('${join(folder, 'x.csv')}')`, 'scan')).toEqual([[1n]]);
  });
});
