import { CsvError, parse } from 'csv-parse';
import { MappingInvalidError } from '../../transform.errors';

/** The keys of a mapping row in the order of the CSV form, which names them by position only. */
const KEYS = [
  'Fieldname_CTMD',
  'Fieldname_redcap',
  'Data Type',
  'Randomization_feature',
  'Dropdown Options',
  'Lookup Needed',
  'Lookup Information',
  'Algorithm',
  'Key',
  'Primary',
  'Foreign',
  'FK_tablename',
  'Cardinality (Table_CTMD--FK_tablename)',
  'Table_CTMD',
  'Table_phase1',
  'NOT NULL',
  'Default Value',
  'Field Status',
  'Instrument',
  'Description',
  'Comments',
  'InitializeField',
] as const;

/** The key that tells a header from a row: no row has it as its own data type. */
const TELLTALE = 'Data Type';

/** The rows of a mapping in CSV form, as `mapping.json` would have them. A header is skipped; missing cells stay missing. */
export async function parseMappingCsv(text: string): Promise<unknown[]> {
  const rows = (await readCells(text)).map((cells) =>
    Object.fromEntries(KEYS.slice(0, cells.length).map((key, index) => [key, cells[index]])),
  );
  return rows.filter((row, index) => index > 0 || row[TELLTALE]?.trim() !== TELLTALE);
}

async function readCells(text: string): Promise<string[][]> {
  const rows: string[][] = [];
  try {
    const parser: AsyncIterable<string[]> = parse(text, {
      bom: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
    for await (const cells of parser) rows.push(cells);
  } catch (error) {
    if (error instanceof CsvError) throw new MappingInvalidError([`the file is not a CSV (line ${String(error['lines'])})`]);
    throw error;
  }
  return rows;
}
