import { createHash } from 'node:crypto';
import { generateStudy } from './generate';
import { studyMapping } from './study-mapping';

const included = studyMapping().filter((row) => row.InitializeField === 'yes');
const WORDS = /^(?:if|then|else|n|a|generate_ID|extract_first_name|extract_last_name)$/;

function fieldsOf(expression: string): string[] {
  const withoutTexts = expression.replace(/"[^"]*"/g, '');
  return (withoutTexts.match(/[A-Za-z_]\w*/g) ?? []).filter((word) => !WORDS.test(word));
}

describe('the Harbor study', () => {
  it('is the same for the same seed, and another for another', () => {
    const digest = (seed: number) =>
      createHash('sha256')
        .update(JSON.stringify([...generateStudy({ records: 50, seed }).records]))
        .digest('hex');
    expect(digest(1)).toBe(digest(1));
    expect(digest(1)).not.toBe(digest(2));
  });

  it('gives a record the same answers however many records follow', () => {
    const few = [...generateStudy({ records: 5 }).records];
    expect([...generateStudy({ records: 50 }).records].slice(0, few.length)).toEqual(few);
  });

  it('has 600 records, with repeating instruments and repeating events beside them', () => {
    const rows = [...generateStudy().records];
    const count = (isCounted: (row: (typeof rows)[number]) => boolean) => rows.filter(isCounted).length;
    expect(new Set(rows.map((row) => row['proposal_id'])).size).toBe(600);
    expect(count((row) => row['redcap_repeat_instrument'] === '' && row['redcap_repeat_instance'] === '')).toBe(600);
    expect(count((row) => row['redcap_repeat_instrument'] === 'site_visit')).toBeGreaterThan(100);
    expect(count((row) => row['redcap_event_name'] === 'follow_up_arm_1')).toBeGreaterThan(10);
  });

  it('grows to any width, and its mapping with it', () => {
    const { dictionary, records } = generateStudy({ records: 1, fields: 150 });
    const [row] = records;
    const extras = dictionary.filter((entry) => entry['form_name'] === 'supplement');
    expect(Object.keys(row ?? {}).length).toBeGreaterThanOrEqual(150);
    expect(studyMapping(150).filter((entry) => entry.Table_CTMD === 'Supplement')).toHaveLength(extras.length + 1);
  });

  it('maps no field that the dictionary or the auxiliary file does not have', () => {
    const known = new Set([...generateStudy().dictionary.map((entry) => entry['field_name']), 'anticipated_budget']);
    expect(included.flatMap((row) => fieldsOf(row.Fieldname_redcap)).filter((field) => !known.has(field))).toEqual([]);
  });

  it('has 22 keys in every row of its mapping, every value a text', () => {
    const rows: Record<string, unknown>[] = studyMapping();
    expect(rows.filter((row) => Object.keys(row).length !== 22)).toEqual([]);
    expect(rows.flatMap((row) => Object.values(row)).filter((value) => typeof value !== 'string')).toEqual([]);
  });
});
