import { fieldList, textTable } from './text-table';

describe('textTable', () => {
  const columns = [
    { heading: 'Name', value: ([name]: readonly string[]) => name ?? '' },
    { heading: 'Rows', value: ([, rows]: readonly string[]) => rows ?? '', align: 'right' as const },
    { heading: 'Note', value: ([, , note]: readonly string[]) => note ?? '' },
  ];

  it('makes columns as wide as their widest value, and leaves no blanks at the end', () => {
    const rows = [
      ['visit', '7', ''],
      ['labs', '12,000', 'new'],
    ];
    expect(textTable(columns, rows)).toEqual(['Name     Rows  Note', 'visit       7', 'labs   12,000  new']);
  });

  it('shows the headings of an empty table', () => {
    expect(textTable(columns, [])).toEqual(['Name  Rows  Note']);
  });
});

describe('fieldList', () => {
  it('sets the values under each other', () => {
    expect(
      fieldList([
        ['Run ID', 'a'],
        ['Status', 'b'],
        ['At', ''],
      ]),
    ).toEqual(['Run ID: a', 'Status: b', 'At:']);
  });
});
