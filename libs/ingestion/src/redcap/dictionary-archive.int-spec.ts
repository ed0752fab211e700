import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveDictionary } from './dictionary-archive';

const NAME = 'redcap_data_dictionary_export.json';

describe('archiveDictionary', () => {
  let dumpPath: string;
  let dictionary: string;
  const archive = (name = '') => join(dumpPath, 'redcap_data_dictionary', name);

  beforeEach(async () => {
    dumpPath = await mkdtemp(join(tmpdir(), 'dictionary-'));
    dictionary = join(dumpPath, 'latest.json');
    await writeFile(dictionary, 'first');
  });
  afterEach(() => rm(dumpPath, { recursive: true, force: true }));

  it('keeps the dictionary, and nothing more while it does not change (R6)', async () => {
    await archiveDictionary(dictionary, dumpPath);
    await archiveDictionary(dictionary, dumpPath);
    expect(await readdir(archive())).toEqual([NAME]);
  });

  it.each([
    [1718000000.25, `${NAME}1718000000.25`],
    [1718000000, `${NAME}1718000000.0`],
  ])('keeps the one before under its modification time %p when it changes (R6)', async (modified, archived) => {
    await archiveDictionary(dictionary, dumpPath);
    await utimes(archive(NAME), modified, modified);
    await writeFile(dictionary, 'second');
    await archiveDictionary(dictionary, dumpPath);
    expect((await readdir(archive())).sort()).toEqual([NAME, archived]);
    expect(await readFile(archive(archived), 'utf8')).toBe('first');
    expect(await readFile(archive(NAME), 'utf8')).toBe('second');
  });

  it('does nothing without a dictionary', async () => {
    await archiveDictionary(join(dumpPath, 'absent.json'), dumpPath);
    await expect(readdir(archive())).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
