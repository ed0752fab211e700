import { replaceFile } from '@app/platform';
import { loadFieldRules } from './field-rules';
import { arrayText, readObjects } from './json-objects';
import { RecordAnonymizer, type AnonymizerOptions } from './record-anonymizer';

export interface AnonymizeRequest extends AnonymizerOptions {
  /** A `mapping.json`, or the same rows as CSV. */
  readonly mappingPath: string;
  /** A JSON array of flat records, of any size. */
  readonly inputPath: string;
  readonly outputPath: string;
  readonly signal: AbortSignal;
}

export interface AnonymizeSummary {
  readonly rows: number;
  /** Different record ids; fewer than rows where records repeat. */
  readonly records: number;
  /** Rows that lack the record id field: nothing tells them apart. */
  readonly rowsWithoutId: number;
  /** Fields that the mapping does not mention, sorted. */
  readonly droppedFields: readonly string[];
}

/**
 * De-identifies a record export by its mapping: every mapped value becomes a placeholder of its type, checkboxes keep their
 * 0 or 1, record ids are numbered, repeat columns stay, everything else is left out. Streams, and replaces the output whole.
 *
 * @throws {MappingInvalidError} naming every fault; {InputInvalidError} and {JsonArrayInvalidError} for an unusable input;
 * {FileNotWrittenError}. The output then stays as it was.
 */
export async function anonymizeRecords(request: AnonymizeRequest): Promise<AnonymizeSummary> {
  const { inputPath, outputPath, recordIdField, signal } = request;
  const anonymizer = new RecordAnonymizer(await loadFieldRules(request.mappingPath), request);
  let rows = 0;
  let rowsWithoutId = 0;
  const anonymized = async function* (): AsyncGenerator<Record<string, unknown>> {
    for await (const record of readObjects(inputPath, signal)) {
      rows += 1;
      if (!Object.hasOwn(record, recordIdField)) rowsWithoutId += 1;
      yield anonymizer.anonymize(record);
    }
  };
  await replaceFile(outputPath, arrayText(anonymized()), signal);
  return { rows, rowsWithoutId, records: anonymizer.records, droppedFields: anonymizer.droppedFields };
}
