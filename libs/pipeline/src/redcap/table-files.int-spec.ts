import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableUpdater, Warehouse } from '@app/persistence';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { TableFileInvalidError, TableFiles } from './table-files';

describe('TableFiles (postgres)', () => {
  let test: TestDatabase;
  let folder: string;
  let files: TableFiles;

  beforeAll(async () => {
    test = await createTestDatabase({ migrated: false });
    files = new TableFiles(new TableUpdater(new Warehouse(test.pool)));
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tables-'));
    await test.pool.query('drop table if exists "Site", visit; create table "Site" (id int, name text); create table visit (on_day date)');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const { signal } = new AbortController();
  const append = () => files.append(folder, 'public', signal);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const sites = async () => (await test.pool.query<{ id: number; name: string | null }>('select id, name from "Site" order by id')).rows;

  it('appends every file to the table it is named after, tokens of nothing as null', async () => {
    await test.pool.query(`insert into "Site" values (0, 'before')`);
    await write('Site', '"id","name"\n1,"said ""yes"", twice"\n2,N/A\n3\n');
    await write('visit.csv', '\uFEFFon_day\r\n2024-02-01\r\n');
    expect(await append()).toMatchObject([{ table: 'Site', inserted: 3 }, { table: 'visit', inserted: 1 }]); // prettier-ignore
    expect(await sites()).toEqual([
      { id: 0, name: 'before' },
      { id: 1, name: 'said "yes", twice' },
      { id: 2, name: null },
      { id: 3, name: null },
    ]);
  });

  it('takes a file whose lines end in different ways, and one that is a link', async () => {
    await write('.content', 'id,name\r\n1,a\n2,"b"\n');
    await symlink('.content', join(folder, 'Site.csv'));
    await append();
    expect(await sites()).toEqual([{ id: 1, name: 'a' }, { id: 2, name: 'b' }]); // prettier-ignore
  });

  it('loads the same content once, however many workers start', async () => {
    await write('Site.csv', 'id,name\n1,once\n');
    await Promise.all([append(), append()]);
    await append();
    expect(await sites()).toEqual([{ id: 1, name: 'once' }]);
    await write('Site.csv', 'id,name\n2,more\n');
    await append();
    expect(await sites()).toHaveLength(2);
  });

  it('writes nothing at all when one file cannot be loaded', async () => {
    await write('Site.csv', 'id,name\n7,good\n');
    await write('visit.csv', 'on_day\nno date\n');
    await expect(append()).rejects.toMatchObject({ code: 'load-failed' });
    await write('visit.csv', 'on_day\n2024-02-01,5\n');
    await expect(append()).rejects.toThrow(TableFileInvalidError);
    expect(await sites()).toEqual([]);
  });

  it('says so when there is no such folder', async () => {
    await expect(files.append(join(folder, 'none'), 'public', signal)).rejects.toThrow(/cannot be read as a folder/);
  });
});
