import type { Upload } from '../upload';
import { UploadRefusedError } from '../upload.errors';
import { readCsv } from './csv-content';
import { cellText, parseObject, readJson } from './json-content';

/** PostgreSQL has no table with more. */
export const MAX_UPLOAD_COLUMNS = 1600;

/** An upload that is being read. */
export interface UploadContent {
  readonly header: readonly string[];
  /** Additional columns and their texts. */
  readonly constants: ReadonlyMap<string, string>;
  /** The records behind the header; may be read once. */
  readonly rows: AsyncGenerator<readonly string[]>;
}

/** Reads as far as the header. @throws {UploadRefusedError} */
export async function openContent({ file, contentType, additional, hasComments }: Upload): Promise<UploadContent> {
  const constants = readConstants(additional);
  const rows = recordsOf(file, contentType, hasComments);
  const first = await rows.next();
  const header = first.done ? [] : first.value;
  const problem = headerProblem(header, contentType);
  if (problem === null) return { header, constants, rows };
  await rows.return(undefined);
  throw new UploadRefusedError([problem]);
}

/** An empty JSON array has no columns and no rows, which is fine; a CSV file always has a header. */
function headerProblem(header: readonly string[], contentType: string): string | null {
  if (contentType === 'text/csv' && header.every((name) => name === '')) return 'The file has no header';
  return header.length > MAX_UPLOAD_COLUMNS ? `The header has more than ${MAX_UPLOAD_COLUMNS} columns` : null;
}

function recordsOf(file: Upload['file'], contentType: string, hasComments: boolean): AsyncGenerator<string[]> {
  switch (contentType) {
    case 'text/csv':
      return readCsv(file, hasComments);
    case 'application/json':
      return readJson(file);
    default:
      throw new UploadRefusedError(['unsupported type']);
  }
}

function readConstants(json: string): ReadonlyMap<string, string> {
  const object = parseObject(json);
  if (!object) throw new UploadRefusedError(['The part json must be a JSON object of additional columns']);
  return new Map(
    Object.entries(object).map(([column, value]) => {
      const text = cellText(value);
      if (text === null) throw new UploadRefusedError([`Column ${column} must be a text, a number, true, false or null`]);
      return [column, text];
    }),
  );
}
