import { basename } from 'node:path';
import type { AppError } from '@app/platform';
import { rowRefusal } from '../../drop/row-refusal';
import { TransformFailedError } from '../../transform.errors';

/** Kinds of DuckDB errors whose text speaks of SQL, files and resources only; that of the others may quote a cell. */
const QUOTABLE = ['Out of Memory Error', 'Binder Error', 'Catalog Error', 'Parser Error', 'Permission Error', 'IO Error'];

/** A full disk or a lack of memory may pass. */
const PASSING = ['Out of Memory Error', 'IO Error'];

/** Turns what DuckDB threw into an error that is safe to show: its kind and, where known, the place in a file; no data. */
export function toTransformError(step: string, error: unknown): AppError {
  const text = messageOf(error);
  const refusal = rowRefusal(text);
  if (refusal) return refusal;
  const kind = /^([A-Za-z /-]+ Error)\b/.exec(text)?.[1] ?? 'unknown error';
  const quoted = QUOTABLE.includes(kind) ? firstLine(text) : `${kind}${place(text)}`;
  return new TransformFailedError(step, quoted, PASSING.includes(kind));
}

/** Errors of a native module are not always instances of our `Error`. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/\.$/, '');
}

/** The file and line; a line without a file is one of the SQL text. */
function place(text: string): string {
  const file = /file:? "([^"]+)"/i.exec(text)?.[1];
  const line = /\bline:? (\d+)/i.exec(text)?.[1];
  return file ? ` in file ${basename(file)}${line ? `, line ${line}` : ''}` : '';
}
