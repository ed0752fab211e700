import { z } from 'zod';
import type { Plan } from '../plan';
import type { StreamInput, Transform, TransformContext } from '../transform';
import { generateSchema } from '../schema/generate-schema';
import { MappingInvalidError, SourceDataInvalidError } from '../transform.errors';
import { compileMapping } from './compile-mapping';
import { loadDictionary } from './dictionary';
import { fieldTypes, type IncludedRow, parseIncludedRows } from './included-rows';
import { checkMapping, type MappingRow, readMappingText } from './mapping-file';
import { loadSideFiles } from './side-file';
import { faultsWithoutData } from './tools/compile-without-data';

export const mappingTransformConfigSchema = z.object({
  /** The `mapping.json`. */
  mappingPath: z.string().min(1),
  /** Folders of CSV files: joined to the records, joined and required, and removed from the records. */
  auxiliaryPath: z.string().optional(),
  filterPath: z.string().optional(),
  blockPath: z.string().optional(),
  recordIdField: z.string().min(1).default('proposal_id'),
  /** Whether `na`, `n/a`, `none`, `null` and `.` are null in text columns too; the empty text always is. */
  nullTokensInText: z.boolean().default(true),
  /** Whether a record without a ticked checkbox keeps its row in a table with a checkbox column. */
  keepUnchecked: z.boolean().default(false),
});
export type MappingTransformConfig = z.infer<typeof mappingTransformConfigSchema>;

/** The CTMD mapping language over the streams `record` and `metadata` of a REDCap extract. */
export const mappingTransform: Transform<MappingTransformConfig> = {
  kind: 'mapping',
  configSchema: mappingTransformConfigSchema,

  async compile(config: MappingTransformConfig, { streams, workDir, signal }: TransformContext): Promise<Plan> {
    const { recordIdField } = config;
    const { mapping, rows } = await readMapping(config);
    const dictionary = await loadDictionary(streams.get('metadata'), recordIdField, signal);
    const sides = [
      await loadSideFiles('auxiliary', config.auxiliaryPath, workDir, signal),
      await loadSideFiles('filter', config.filterPath, workDir, signal),
      await loadSideFiles('block', config.blockPath, workDir, signal),
    ];
    const record = streams.get('record');
    const plan = compileMapping({
      ...config,
      rows,
      types: fieldTypes(rows),
      dictionary,
      recordFiles: record?.files ?? [],
      recordColumns: recordColumns(record, recordIdField),
      sideFiles: sides.flatMap(({ files }) => files),
    });
    return { ...plan, schema: generateSchema(mapping), issues: [...sides.flatMap(({ issues }) => issues), ...plan.issues] };
  },
};

/** The mapping, and of it what the sync needs. @throws {MappingInvalidError} naming every fault that shows without the data, all at once */
async function readMapping({
  mappingPath,
  recordIdField,
}: MappingTransformConfig): Promise<{ mapping: MappingRow[]; rows: IncludedRow[] }> {
  const { rows: mapping, faults } = checkMapping(await readMappingText(mappingPath));
  const rows = parseIncludedRows(mapping, faults);
  if (faults.length > 0) throw new MappingInvalidError([...faults, ...faultsWithoutData(rows, { dictionary: [], recordIdField })]);
  return { mapping, rows };
}

/** An extract without a single record has no columns; it compiles, and its population of 0 tells the caller. */
function recordColumns(record: StreamInput | undefined, recordIdField: string): readonly string[] {
  const columns = record?.columns ?? [];
  if (columns.includes(recordIdField)) return columns;
  if ((record?.files ?? []).every(({ rows }) => rows === 0)) return [recordIdField];
  throw new SourceDataInvalidError(`The records do not hold the record id field "${recordIdField}".`);
}
