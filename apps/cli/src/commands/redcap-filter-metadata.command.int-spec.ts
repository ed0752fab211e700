import { aRow, MappingFiles } from '../../e2e/mapping-files';

const LINE = 'redcap filter-metadata --mapping @mapping.json --input @dictionary.json --output @out.json';

describe('tributary redcap filter-metadata', () => {
  let files: MappingFiles;
  beforeEach(async () => {
    files = await MappingFiles.create();
    await files.write('mapping.json', [aRow('T.hue', 'hue')]);
  });
  afterEach(() => files.remove());

  it('writes the mapped entries with neutral labels and says how many', async () => {
    await files.write('dictionary.json', [
      { field_name: 'hue', select_choices_or_calculations: '4, Red | 9, Blue' },
      { field_name: 'other', select_choices_or_calculations: '' },
      { field_name: 'ctsa_3', field_label: 'Lake Hub' },
    ]);
    expect(await files.run(LINE)).toEqual({ exitCode: 0, stdout: 'Read 3 entries and wrote 2.\n', stderr: '' });
    expect(await files.read('out.json')).toBe(`[
    {
        "field_name": "hue",
        "select_choices_or_calculations": "4, choice 4 | 9, choice 9"
    },
    {
        "field_name": "ctsa_3",
        "field_label": "label_3"
    }
]
`);
  });

  it('refuses an entry that describes no field', async () => {
    await files.write('dictionary.json', [{ name: 'hue' }]);
    const { exitCode, stderr } = await files.run(LINE);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('✗ Entry 1 of the data dictionary is not a field description.\n');
  });
});
