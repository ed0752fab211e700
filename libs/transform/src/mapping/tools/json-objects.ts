import { basename } from 'node:path';
import { AppError, type ArrayItem, readArrayFile } from '@app/platform';
import { systemErrorCode } from '../../system-error';
import { InputInvalidError } from '../../transform.errors';

const INDENT = ' '.repeat(4);

/** The texts of the objects of a JSON array file, one at a time. @throws {InputInvalidError} when the file cannot be read */
export async function* readItems(path: string, signal: AbortSignal): AsyncGenerator<ArrayItem> {
  try {
    yield* readArrayFile(path, signal);
  } catch (error) {
    if (error instanceof AppError || signal.aborted || systemErrorCode(error) === null) throw error;
    throw new InputInvalidError(`File ${path} cannot be read; check its path and permissions.`, { path });
  }
}

/** The objects of a JSON array file. @throws {InputInvalidError} naming the item; the message quotes nothing of it */
export async function* readObjects(path: string, signal: AbortSignal): AsyncGenerator<Record<string, unknown>> {
  for await (const { text, ordinal } of readItems(path, signal)) yield parseObject(text, ordinal, path);
}

/** The text of a JSON array, indented by four. */
export async function* arrayText(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '[';
  for await (const item of items) {
    yield `${separator}\n${INDENT}${JSON.stringify(item, null, INDENT).replaceAll('\n', `\n${INDENT}`)}`;
    separator = ',';
  }
  yield separator === '[' ? '[]\n' : '\n]\n';
}

function parseObject(text: string, ordinal: number, path: string): Record<string, unknown> {
  try {
    // The reader yields what stands between braces, so what parses is an object.
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new InputInvalidError(`Record ${ordinal} of file ${basename(path)} is not valid JSON.`);
  }
}
