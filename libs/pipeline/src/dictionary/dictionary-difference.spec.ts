import { FieldUses } from '@app/transform';
import { dictionaryDifference } from './dictionary-difference';
import { exportedFields, parseEntries, toArrayText, type DictionaryEntry } from './dictionary-entry';

const field = (name: string, attributes: Record<string, string | null> = {}): DictionaryEntry => ({
  field_name: name,
  form_name: 'main',
  field_type: 'text',
  field_label: `Label of ${name}`,
  select_choices_or_calculations: '',
  branching_logic: '',
  ...attributes,
});
const radio = (choices: string): DictionaryEntry => field('status', { field_type: 'radio', select_choices_or_calculations: choices });

const STATUS_USE = { row: 1, table: 'Proposal', column: 'status', expression: 'status' };
const LABEL_USE = { row: null, table: 'name', column: 'description', expression: 'choices of the data dictionary' };
const uses = new FieldUses([{ ...STATUS_USE, fields: ['status'] }]);
const NO_CHOICES = { added: [], removed: [], relabelled: [] };

const difference = (from: readonly DictionaryEntry[], to: readonly DictionaryEntry[]) => dictionaryDifference(from, to, uses);

describe('dictionaryDifference', () => {
  it('finds nothing between equal dictionaries, whatever their order', () => {
    expect(difference([field('a'), field('b')], [field('b'), field('a')])).toEqual({ added: [], removed: [], changed: [] });
  });

  it('lists fields that came and went with the columns that they feed', () => {
    const { added, removed, changed } = difference([field('status'), field('kept')], [field('kept'), field('extra')]);
    expect(added).toEqual([{ field: 'extra', type: 'text', label: 'Label of extra', touches: [] }]);
    expect(removed).toEqual([{ field: 'status', type: 'text', label: 'Label of status', touches: [STATUS_USE] }]);
    expect(changed).toEqual([]);
  });

  it('lists every changed attribute; not set and empty are the same', () => {
    const from = field('status', { field_note: '', text_validation_type_or_show_slider_number: 'date_ymd' });
    const to = field('status', {
      field_label: 'State',
      branching_logic: "[kind] = '1'",
      field_type: 'notes',
      text_validation_type_or_show_slider_number: null,
    });
    expect(difference([from], [to]).changed).toEqual([
      {
        field: 'status',
        attributes: [
          { attribute: 'field_type', from: 'text', to: 'notes' },
          { attribute: 'field_label', from: 'Label of status', to: 'State' },
          { attribute: 'branching_logic', from: null, to: "[kind] = '1'" },
          { attribute: 'text_validation_type_or_show_slider_number', from: 'date_ymd', to: null },
        ],
        choices: NO_CHOICES,
        touches: [STATUS_USE],
      },
    ]);
  });

  it('compares choices by their codes, and says that the table of labels is touched', () => {
    expect(difference([radio('1, New | 2, Old | x, Other')], [radio('2, Done, at last | 3, Lost | x, Other')]).changed).toEqual([
      {
        field: 'status',
        attributes: [],
        choices: {
          added: [{ code: '3', label: 'Lost' }],
          removed: [{ code: '1', label: 'New' }],
          relabelled: [{ code: '2', from: 'Old', to: 'Done, at last' }],
        },
        touches: [STATUS_USE, LABEL_USE],
      },
    ]);
  });

  it('takes the same choices in another order or spacing for no change', () => {
    expect(difference([radio('1, New | 2, Old')], [radio('2,Old|1,New')]).changed).toEqual([]);
  });

  it('takes a formula for an attribute', () => {
    const formula = (text: string) => field('sum', { field_type: 'calc', select_choices_or_calculations: text });
    expect(difference([formula('sum([a], [b])')], [formula('sum([a], [c])')]).changed).toMatchObject([
      { attributes: [{ attribute: 'select_choices_or_calculations', from: 'sum([a], [b])', to: 'sum([a], [c])' }], choices: NO_CHOICES },
    ]);
  });
});

describe('toArrayText', () => {
  it('makes the JSON array of what was staged line by line', () => {
    const lines = `${JSON.stringify(field('a'))}\n${JSON.stringify(field('b'))}\n`;
    expect(parseEntries(toArrayText(lines))).toEqual([field('a'), field('b')]);
  });
});

describe('exportedFields', () => {
  it('knows the completion status of each form', () => {
    expect([...exportedFields([field('a'), field('b', { form_name: 'visit' }), field('c', { form_name: null })])]).toEqual([
      'a',
      'main_complete',
      'b',
      'visit_complete',
      'c',
    ]);
  });
});
