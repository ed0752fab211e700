import { fieldGroups } from './dictionary';
import { redcapConfigSchema } from './redcap.config';

const settings = { url: 'https://redcap.example.org/api/', token: 'T' };
const config = (more: object = {}) => redcapConfigSchema.parse({ ...settings, ...more });
const dictionary = ['proposal_id', 'a', 'b', 'note', 'c'].map((field_name) => ({
  field_name,
  form_name: 'intake',
  field_type: field_name === 'note' ? 'descriptive' : 'text',
}));

describe('fieldGroups', () => {
  it('asks without a field list when one request carries everything', () => {
    expect(fieldGroups(dictionary, config({ maxFieldsPerRequest: 5 }))).toEqual([null]);
  });

  it('splits a wide dictionary, completion statuses included and labels not', () => {
    expect(fieldGroups(dictionary, config({ maxFieldsPerRequest: 3 }))).toEqual([
      ['proposal_id', 'a', 'b'],
      ['proposal_id', 'c', 'intake_complete'],
    ]);
  });

  it('splits a long list of wanted fields', () => {
    expect(fieldGroups(dictionary, config({ fields: ['c', 'a', 'c'], maxFieldsPerRequest: 2 }))).toEqual([
      ['proposal_id', 'c'],
      ['proposal_id', 'a'],
    ]);
  });

  it('still asks for the record id when the dictionary has none of the wanted fields', () => {
    expect(fieldGroups(dictionary, config({ fields: ['gone'] }))).toEqual([['proposal_id']]);
  });
});
