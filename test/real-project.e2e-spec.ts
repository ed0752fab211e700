import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlatRecord } from '../samples/redcap-server/record-store';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';
import { contentOf } from './warehouse-content';

/** A folder with `ctmd/mapping.json`, `record.json` and `metadata.json`; its licence keeps it out of this repository. */
const SHARED_DATA = process.env.TEST_SHARED_DATA;

interface MappingRow {
  readonly Table_CTMD: string;
  readonly Fieldname_redcap: string;
  readonly InitializeField: string;
}

const file = (name: string): string => join(SHARED_DATA ?? '', 'ctmd', name);
const read = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'));

(SHARED_DATA ? describe : describe.skip)('a mapping and a project as they are in use (TEST_SHARED_DATA)', () => {
  it('create all tables and fill those that have a source (M6)', async () => {
    const mapping = read('mapping.json') as MappingRow[];
    const records = read('record.json') as FlatRecord[];
    const dictionary = read('metadata.json') as FlatRecord[];
    const redcap = await RedcapDouble.start(records, dictionary);
    const platform = await PlatformUnderTest.create({
      env: { ...redcap.env, MAPPING_PATH: file('mapping.json'), AUXILIARY_PATH: '', FILTER_PATH: '', BLOCK_PATH: '' },
    });
    try {
      const { api } = await platform.startBoth();
      expect(await api.sync()).toMatchObject({ status: 'finished', result: 'None' });
      const content = await contentOf(platform.pool);
      const tables = [...new Set(mapping.map((row) => row.Table_CTMD))];
      expect(Object.keys(content).sort()).toEqual([...tables, 'name', 'reviewer_organization'].sort());
      expect(Object.keys(content)).toHaveLength(41);
      const { tables: published } = await api.latestRun();
      expect(published?.map(({ table }) => table).sort()).toEqual(tablesWithSource(mapping, records));
      expect(published).toHaveLength(33);
      expect(content.name).toHaveLength(452);
      expect(content.name).toHaveLength(labels(mapping, dictionary));
      expect(content.reviewer_organization).toHaveLength(10);
      expect(content.reviewer_organization).toHaveLength(reviewed(records));
    } finally {
      await platform.dispose();
      await redcap.close();
    }
  });
});

/** Fields of an expression, from left to right. */
function fieldsOf({ Fieldname_redcap: expression }: MappingRow): string[] {
  if (expression === 'n/a') return [];
  const words = expression.replace(/"[^"]*"/g, '').match(/[a-z_]\w*/gi) ?? [];
  return words.filter((word) => !['if', 'then', 'else', 'generate_ID', 'extract_first_name', 'extract_last_name'].includes(word));
}

const isIncluded = (row: MappingRow): boolean => row.InitializeField === 'yes';

function tablesWithSource(mapping: readonly MappingRow[], records: readonly FlatRecord[]): string[] {
  const columns = new Set(records.flatMap((record) => Object.keys(record)));
  const rows = mapping.filter((row) => isIncluded(row) && fieldsOf(row).some((field) => columns.has(field)));
  return [...new Set([...rows.map((row) => row.Table_CTMD), 'name', 'reviewer_organization'])].sort();
}

/** Choices of the first field of every row that the sync fills, and an institution for every `ctsa_<number>`. */
function labels(mapping: readonly MappingRow[], dictionary: readonly FlatRecord[]): number {
  const choices = (field: string | undefined): number =>
    dictionary
      .filter((entry) => entry.field_name === field && typeof entry.select_choices_or_calculations === 'string')
      .reduce((total, entry) => total + String(entry.select_choices_or_calculations).split(' | ').length, 0);
  const institutions = dictionary.filter((entry) => /^ctsa_\d*$/.test(String(entry.field_name)));
  return mapping.filter(isIncluded).reduce((total, row) => total + choices(fieldsOf(row)[0]), institutions.length);
}

/** Reviewers that the project's only record names. */
const reviewed = (records: readonly FlatRecord[]): number =>
  Object.entries(records[0]!).filter(([name, value]) => name.startsWith('reviewer_name_') && value !== '').length;
