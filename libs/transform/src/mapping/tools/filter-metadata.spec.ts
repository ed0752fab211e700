import { filterEntry, neutralChoices } from './filter-metadata';

const entry = (field_name: string, select_choices_or_calculations: string | null = ''): Parameters<typeof filterEntry>[0] => ({
  field_name,
  select_choices_or_calculations,
});

describe('neutralChoices', () => {
  it.each([
    ['4, Red | 9, Blue', '4, choice 4 | 9, choice 9'],
    ['1, a, b|c', '1, choice 1'],
    ['', ''],
  ])('X4: writes %j as %j', (text, written) => {
    expect(neutralChoices(text)).toBe(written);
  });

  it.each(['4,Red', 'x9, Red | 2, Blue', '4, Red | 9', '[weight] / 2', '4, '])('X4: refuses %j', (text) => {
    expect(neutralChoices(text)).toBeNull();
  });
});

describe('filterEntry', () => {
  const fields = new Set(['hue', 'ctsa_4']);

  it('keeps mapped fields and drops others', () => {
    expect(filterEntry(entry('hue', null), fields)).toEqual([{ field_name: 'hue', select_choices_or_calculations: '' }]);
    expect(filterEntry(entry('hue___1'), fields)).toEqual([{ field_name: 'hue___1', select_choices_or_calculations: '' }]);
    expect(filterEntry(entry('other'), fields)).toEqual([]);
    expect(filterEntry(entry('hue', '4,Red'), fields)).toEqual([]);
  });

  it('X5: keeps the entries of institutions by number', () => {
    expect(filterEntry(entry('ctsa_3', 'free text'), fields)).toEqual([{ field_name: 'ctsa_3', field_label: 'label_3' }]);
    expect(filterEntry(entry('ctsa_x'), fields)).toEqual([]);
  });

  it('keeps an institution that is mapped twice', () => {
    expect(filterEntry(entry('ctsa_4', '1, A'), fields)).toEqual([
      { field_name: 'ctsa_4', field_label: 'label_4' },
      { field_name: 'ctsa_4', select_choices_or_calculations: '1, choice 1' },
    ]);
  });
});
