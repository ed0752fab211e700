import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { FIRST_DATA_ROW } from '@app/validation';
import { CsvError, parse } from 'csv-parse';
import { UploadRefusedError } from '../upload.errors';
import type { SpooledFile } from './spooled-file';
import { windows1252ToUtf8 } from './windows-1252';

/** One record, its quotes included. Bounds memory where a quote is never closed. */
export const MAX_CSV_RECORD_BYTES = 16 * 1024 ** 2;
const READ_BUFFER_BYTES = 256 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a quote stands within a value that does not begin with one',
  CSV_INVALID_CLOSING_QUOTE: 'something follows the closing quote of a value',
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_MAX_RECORD_SIZE: `it is larger than ${MAX_CSV_RECORD_BYTES} bytes`,
};

/**
 * The records of a CSV file, header first: RFC 4180, with CR, LF or CRLF, UTF-8 or else windows-1252. A blank line is a
 * record of one empty cell.
 * @throws {UploadRefusedError} where the file is not CSV
 */
export async function* readCsv({ path, isUtf8 }: SpooledFile, hasComments: boolean): AsyncGenerator<string[]> {
  const file = createReadStream(path, { highWaterMark: READ_BUFFER_BYTES });
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: MAX_CSV_RECORD_BYTES,
  });
  pipeline(isUtf8 ? file : Readable.from(windows1252ToUtf8(file)), parser, () => undefined); // the loop below meets the error
  let toSkip = hasComments ? 1 : 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (toSkip-- <= 0) yield record;
    }
  } catch (error) {
    throw error instanceof CsvError ? refusal(error, hasComments) : error;
  }
}

function refusal(error: CsvError, hasComments: boolean): UploadRefusedError {
  const before = Number(error.records ?? 0) - (hasComments ? 1 : 0);
  const place = before < 1 ? 'The beginning of the file' : `Row ${FIRST_DATA_ROW + before - 1}`;
  return new UploadRefusedError([`${place} is not CSV: ${REASONS[error.code] ?? 'it cannot be read'}`]);
}
