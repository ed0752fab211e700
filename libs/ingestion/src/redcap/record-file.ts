import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ArrayItem, type Part, readArrayFile } from '@app/platform';
import { ExtractNotResumableError, SourceDataInvalidError } from '../source.errors';
import { type FlatRow, flatten, isObject, parseJson, rowsPart } from './flat-row';
import { partName, RECORD_STREAM } from './part-name';
import { type Position, writeToken } from './resume-token';

/** A part read from a file is closed once it holds this many bytes of records. */
export const FILE_PART_BYTES = 8 * 1024 ** 2;

type FilePosition = Extract<Position, { stage: 'file' }>;

/** Rows of a JSON array file of a bounded size, whole: the data dictionary. */
export async function readRowsFile(path: string, maxBytes: number, signal: AbortSignal): Promise<FlatRow[]> {
  const rows: FlatRow[] = [];
  for await (const item of readArrayFile(path, signal)) {
    if (item.endBytes > maxBytes) throw new SourceDataInvalidError(`File ${basename(path)} is larger than ${maxBytes} bytes.`);
    rows.push(rowOf(item, path));
  }
  return rows;
}

/** Parts of a record file of any size. Resumes behind the last part, provided that the file is still the same. */
export async function* recordFileParts(
  path: string,
  recordIdField: string,
  after: FilePosition | null,
  signal: AbortSignal,
): AsyncGenerator<Part> {
  const fileState = await stateOf(path);
  if (after !== null && after.fileState !== fileState) throw new ExtractNotResumableError(`file ${basename(path)} changed meanwhile`);
  const start = after === null ? null : { offsetBytes: after.offsetBytes, ordinal: after.records };
  let ordinal = after?.ordinal ?? 0;
  let rows: FlatRow[] = [];
  let last: ArrayItem | null = null;
  let partBytes = 0;
  const take = (item: ArrayItem): Part => {
    ordinal += 1;
    const token = writeToken({ stage: 'file', ordinal, records: item.ordinal, offsetBytes: item.endBytes, fileState });
    const part = rowsPart(RECORD_STREAM, partName(ordinal), token, rows);
    rows = [];
    partBytes = 0;
    return part;
  };
  for await (const item of readArrayFile(path, signal, start)) {
    rows.push(recordOf(item, path, recordIdField));
    partBytes += item.text.length;
    last = item;
    if (partBytes >= FILE_PART_BYTES) yield take(item);
  }
  if (last !== null && rows.length > 0) yield take(last);
}

function recordOf(item: ArrayItem, path: string, recordIdField: string): FlatRow {
  const row = rowOf(item, path);
  if (recordIdField in row) return row;
  throw new SourceDataInvalidError(`Record ${item.ordinal} of file ${basename(path)} has no field ${recordIdField}, the record id field.`);
}

function rowOf(item: ArrayItem, path: string): FlatRow {
  const invalid = `Record ${item.ordinal} of file ${basename(path)}, which ends at byte ${item.endBytes}, is not valid JSON.`;
  try {
    const row = parseJson(item.text);
    if (isObject(row)) return flatten(row);
  } catch {
    // The parser's own message quotes the file, and with it patients.
  }
  throw new SourceDataInvalidError(invalid);
}

async function stateOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size}-${mtimeMs}`;
  } catch {
    throw new SourceDataInvalidError(`File ${path} does not exist or cannot be read.`);
  }
}
