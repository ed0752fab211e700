import { mappingObject } from '../../testing/study.builder';
import { fieldRules } from './field-rules';
import { RecordAnonymizer, type AnonymizerOptions } from './record-anonymizer';

function anonymizerOf(rows: readonly object[], options: Partial<AnonymizerOptions> = {}): RecordAnonymizer {
  return new RecordAnonymizer(fieldRules(rows), { recordIdField: 'rid', keepEmpty: false, ...options });
}

const feature = (name: string): object => ({ Randomization_feature: name });

const MAPPING = [
  mappingObject('T', 'a', 'day', 'date'),
  mappingObject('T', 'b', 'count', 'int'),
  mappingObject('T', 'c', 'yes', 'boolean'),
  mappingObject('T', 'd', 'weight', 'float'),
  mappingObject('T', 'e', 'mail', 'text', feature('email')),
  mappingObject('T', 'f', 'phone', 'text', feature('phonenumber')),
  mappingObject('T', 'g', 'coded', 'text', feature('index')),
  mappingObject('T', 'h', 'given', 'text', feature('firstname')),
  mappingObject('T', 'i', 'family', 'text', feature('lastname')),
  mappingObject('T', 'j', 'title', 'text ', feature('longtitle')),
  mappingObject('T', 'k', 'hue', 'text'),
];

describe('RecordAnonymizer', () => {
  it('X1: replaces mapped values by type, then by feature, and drops the rest', () => {
    const anonymizer = anonymizerOf(MAPPING);
    const record = {
      day: '2024-05-06',
      count: '7',
      yes: '1',
      weight: '1.5',
      mail: 'm',
      phone: 'p',
      coded: '9',
      given: 'g',
      family: 'f',
      title: 't',
    };
    expect(anonymizer.anonymize({ ...record, reviewer_name_z: 'Kai Wu', secret: 's' })).toEqual({
      ...{ day: '2001-01-01', count: '0', yes: '0', weight: '0' },
      ...{ mail: 'user@email.edu', phone: '111-222-3334', coded: '1', given: 'Alice', family: 'Bob', title: 'ipsum lorem' },
      reviewer_name_z: 'Alice Bob',
    });
    expect(anonymizer.droppedFields).toEqual(['secret']);
  });

  it.each([
    ['1', '1'],
    ['0', '0'],
    [1, 1],
    ['', '0'],
    [null, '0'],
    ['Zoë', '0'],
  ])('X2: writes the checkbox value %j as %j', (value, written) => {
    expect(anonymizerOf(MAPPING).anonymize({ hue___2: value, other___2: '1' })).toEqual({ hue___2: written });
  });

  it('X3: numbers records by first appearance and keeps which rows repeat', () => {
    const anonymizer = anonymizerOf(MAPPING);
    const repeat = { redcap_repeat_instrument: 'visit', redcap_repeat_instance: '2' };
    const base = { redcap_repeat_instrument: '', redcap_repeat_instance: '' };
    const rows = [
      { rid: '90', ...base },
      { rid: '17', ...base },
      { rid: 90, ...repeat },
    ];
    expect(rows.map((row) => anonymizer.anonymize(row))).toEqual([
      { rid: '1', ...base },
      { rid: '2', ...base },
      { rid: '1', ...repeat },
    ]);
    expect(anonymizer.records).toBe(2);
  });

  it('finds fields within conditions, generated ids and functions', () => {
    const rows = [
      mappingObject('T', 'a', 'generate_ID((p/q),r)', 'int'),
      mappingObject('T', 'b', 'x/if s="1" then t else "0"', 'text'),
      mappingObject('T', 'c', 'extract_last_name(u/v)', 'text', { InitializeField: 'no' }),
    ];
    const record = Object.fromEntries('p q r x s t u v z'.split(' ').map((field) => [field, 'value']));
    expect(Object.keys(anonymizerOf(rows).anonymize(record)).join('')).toBe('pqrxstuv');
  });

  it('lets the first row of a field decide', () => {
    const rows = [mappingObject('T', 'a', 'p', 'date'), mappingObject('U', 'a', 'p', 'int')];
    expect(anonymizerOf(rows).anonymize({ p: '5' })).toEqual({ p: '2001-01-01' });
  });

  it('keeps empty values when told to', () => {
    const record = { day: '', count: null, hue___1: '', reviewer_name_z: '', mail: 'm', secret: '' };
    expect(anonymizerOf(MAPPING, { keepEmpty: true }).anonymize(record)).toEqual({
      ...{ day: '', count: null, hue___1: '', reviewer_name_z: '', mail: 'user@email.edu' },
    });
  });
});
