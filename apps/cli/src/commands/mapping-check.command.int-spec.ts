import { aRow, MappingFiles } from '../../e2e/mapping-files';

describe('tributary mapping check', () => {
  let files: MappingFiles;
  beforeEach(async () => {
    files = await MappingFiles.create();
  });
  afterEach(() => files.remove());

  it('lists all faults at once, one a line, and exits with 1', async () => {
    await files.write('mapping.json', [
      aRow('T.a', 'f', 'number'),
      aRow('T.b', 'n/ab'),
      aRow('T.c', 'g'),
      aRow('T.c', 'h'),
      aRow('T.d', 'if g then h else i'),
      aRow('T.e', 'unread (', 'text', { InitializeField: 'no' }),
    ]);
    const { exitCode, stdout, stderr } = await files.run('mapping check @mapping.json');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'row 1 (T.a), key "Data Type": "number" is not one of text, int, boolean, date and float',
      'row 4 (T.c) names the same table and column as row 3',
      'row 2 (T.b): the expression "n/ab" cannot be read from character 4 on',
      'row 5 (T.d): in "if g then h else i", the condition of "if" must be a comparison or a field mapped as boolean',
      '',
    ]);
  });

  it('says so when nothing is wrong', async () => {
    await files.write('mapping.json', [aRow('T.a', 'f'), aRow('T.b', 'n/a', 'text', { 'NOT NULL': 'FALSE' })]);
    expect(await files.run('mapping check @mapping.json')).toEqual({
      exitCode: 0,
      stdout: 'No faults (rows: 2, tables: 1)\n',
      stderr: '',
    });
  });

  it('warns about mapped fields that the dictionary lacks, and exits with 0', async () => {
    await files.write('mapping.json', [
      aRow('T.a', 'f'),
      aRow('T.b', 'gone/f'),
      aRow('U.b', 'gone'),
      aRow('T.c', 'intake_complete'),
      aRow('T.d', 'redcap_event_name'),
      aRow('T.e', 'hidden', 'text', { InitializeField: 'no' }),
    ]);
    await files.write('dictionary.json', [{ field_name: 'f', form_name: 'intake' }]);
    const { exitCode, stdout } = await files.run('mapping check @mapping.json --dictionary @dictionary.json');
    expect(exitCode).toBe(0);
    expect(stdout).toBe('warning: row 2 (T.b): the field "gone" is not in the dictionary\nNo faults (rows: 6, tables: 2)\n');
  });

  it('finds the faults of checkbox fields with a dictionary', async () => {
    await files.write('mapping.json', [aRow('T.a', 'hue'), aRow('T.b', 'shade')]);
    const checkbox = { field_type: 'checkbox', select_choices_or_calculations: '1, Red | 2, Blue' };
    await files.write('dictionary.json', [
      { field_name: 'hue', ...checkbox },
      { field_name: 'shade', ...checkbox },
    ]);
    expect((await files.run('mapping check @mapping.json')).exitCode).toBe(0);
    const { exitCode, stdout } = await files.run('mapping check @mapping.json --dictionary @dictionary.json');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('row 1 (T.a) and row 2 (T.b) are both checkbox fields; a table can hold one\n');
  });

  it('lists a file that is no JSON as a fault, and prints the result alone with --json', async () => {
    await files.write('mapping.json', '{');
    const { exitCode, stdout } = await files.run('mapping check @mapping.json --json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ rows: 0, tables: 0, faults: ['the file is not valid JSON'], warnings: [] });
  });

  it('says which file it cannot read', async () => {
    const { exitCode, stdout, stderr } = await files.run('mapping check @mapping.json');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('The mapping file cannot be read');
  });
});
