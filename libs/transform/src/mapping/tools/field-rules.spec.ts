import { mappingObject } from '../../testing/study.builder';
import { MappingInvalidError } from '../../transform.errors';
import { fieldRules } from './field-rules';
import { parseMappingCsv } from './mapping-csv';

describe('fieldRules', () => {
  it('looks only at expression, type and feature', () => {
    const rows = [{ Fieldname_redcap: 'p/q', 'Data Type': 'text ', Randomization_feature: 'email' }];
    expect([...fieldRules(rows)]).toEqual([
      ['p', { type: 'string', feature: 'email' }],
      ['q', { type: 'string', feature: 'email' }],
    ]);
  });

  it('skips what is not available', () => {
    expect(fieldRules([mappingObject('T', 'a', 'n/a')]).size).toBe(0);
  });

  it('names every fault with its row', () => {
    const rows = [mappingObject('T', 'a', 'p//q'), mappingObject('T', 'b', 'p', 'number'), 'text'];
    const faults = [
      'row 1: the expression "p//q" cannot be read from character 3 on',
      'row 2 (T.b), key "Data Type": "number" is not one of text, int, boolean, date and float',
      'row 3 (?.?) is not an object',
    ];
    expect(() => fieldRules(rows)).toThrow(new MappingInvalidError(faults));
  });
});

describe('parseMappingCsv', () => {
  const ROW = 'mail,"pi_mail/""x""",text,email';

  it('reads rows by position', async () => {
    expect(await parseMappingCsv(`${ROW},,yes\n`)).toEqual([
      {
        Fieldname_CTMD: 'mail',
        Fieldname_redcap: 'pi_mail/"x"',
        'Data Type': 'text',
        Randomization_feature: 'email',
        'Dropdown Options': '',
        'Lookup Needed': 'yes',
      },
    ]);
  });

  it('skips a header, a byte order mark and empty lines', async () => {
    const header = '\uFEFFFieldname_CTMD,Fieldname_redcap,Data Type,Randomization_feature';
    expect(await parseMappingCsv(`${header}\r\n\r\n${ROW}\r\n`)).toEqual(await parseMappingCsv(ROW));
  });

  it('takes a file whose lines end in different ways', async () => {
    expect(await parseMappingCsv(`${ROW}\r\n${ROW}\n${ROW}\r`)).toEqual(await parseMappingCsv(`${ROW}\n`.repeat(3)));
  });

  it('ignores cells behind the last key', async () => {
    expect((await parseMappingCsv('a,b,int,,,,,,,,,,,T,,,,,,,,yes,more'))[0]).toMatchObject({ Table_CTMD: 'T', InitializeField: 'yes' });
  });

  it('refuses a text that is no CSV and names the line', async () => {
    await expect(parseMappingCsv('a,b\nc,"d')).rejects.toThrow('the file is not a CSV (line 2)');
  });
});
