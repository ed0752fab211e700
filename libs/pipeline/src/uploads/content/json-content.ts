import { AppError, readArrayFile } from '@app/platform';
import { cellAddress, FIRST_DATA_ROW } from '@app/validation';
import { parse } from 'lossless-json';
import { UploadRefusedError } from '../upload.errors';
import type { SpooledFile } from './spooled-file';

/**
 * The objects of a JSON array as records, the keys of the first one as their header. Null is an empty cell, true and false
 * are `True` and `False`, a number is its text as written. Keys that the first object does not have are ignored.
 * @throws {UploadRefusedError} where the file is no array of such objects
 */
export async function* readJson({ path, isUtf8 }: SpooledFile): AsyncGenerator<string[]> {
  if (!isUtf8) throw new UploadRefusedError(['The file is not JSON: its text is not UTF-8']);
  let header: string[] | null = null;
  try {
    for await (const { text, ordinal } of readArrayFile(path, new AbortController().signal)) {
      const row = FIRST_DATA_ROW + ordinal - 1;
      const object = parseObject(text) ?? refuse(`Row ${row} is not a JSON object`);
      if (!header) yield (header = Object.keys(object));
      yield header.map((key, index) => {
        if (!Object.hasOwn(object, key)) return refuse(`Row ${row} has no value for ${key}`);
        return cellText(object[key]) ?? refuse(`Cell ${cellAddress(index, row)} must be a text, a number, true, false or null`);
      });
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'source-data-invalid')
      throw new UploadRefusedError(['The file is not a JSON array of objects']);
    throw error;
  }
  if (!header) yield [];
}

/** An object with its numbers as they are written; null for any other text. The last of equal keys counts. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value = parse(text, null, { parseNumber: (number) => number, onDuplicateKey: ({ newValue }) => newValue });
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The text that a JSON value is in a table; null for lists, objects, and texts that no database stores. */
export function cellText(value: unknown): string | null {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' && !value.includes('\0') ? value : null;
}

function refuse(message: string): never {
  throw new UploadRefusedError([message]);
}
