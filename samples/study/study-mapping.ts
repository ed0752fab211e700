import { SUPPLEMENT } from './fields';
import { generateStudy } from './generate';
import mapping from './mapping.json';

/** One row of a mapping file: 22 keys, every value a string. */
export type MappingRow = (typeof mapping)[number];

const ROW_OF_A_PLAIN_TEXT = { table: 'Proposal', column: 'ShortTitle' };

/**
 * The study's mapping. With `fields` as for `generateStudy`, the fields that fill the project up are mapped too, each to
 * a text column of table `Supplement`, so that every column of a wide project is loaded.
 */
export function studyMapping(fields = 0): MappingRow[] {
  const extras = generateStudy({ records: 0, fields }).dictionary.filter((entry) => entry['form_name'] === SUPPLEMENT);
  if (extras.length === 0) return mapping;
  const names = extras.map((entry) => String(entry['field_name']));
  const key = rowOf({ table: 'ProposalDetails', column: 'ProposalID' });
  const text = rowOf(ROW_OF_A_PLAIN_TEXT);
  const columns = names.map((name) => ({
    ...text,
    Table_CTMD: 'Supplement',
    Fieldname_CTMD: name,
    Fieldname_redcap: name,
    Instrument: SUPPLEMENT,
  }));
  return [...mapping, { ...key, Table_CTMD: 'Supplement' }, ...columns];
}

function rowOf({ table, column }: { table: string; column: string }): MappingRow {
  const row = mapping.find((candidate) => candidate.Table_CTMD === table && candidate.Fieldname_CTMD === column);
  if (row === undefined) throw new Error(`The mapping has no ${table}.${column}`);
  return row;
}
