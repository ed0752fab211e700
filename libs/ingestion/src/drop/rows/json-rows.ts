import { isUtf8 } from 'node:buffer';
import { isLosslessNumber, parse, stringify } from 'lossless-json';
import { DropRefusedError } from '../drop.errors';
import { JsonSplitter, type JsonPiece } from './json-splitter';
import type { MemberFacts, RowBatch } from './row-batch';
import { TextRows, type TextRowsOptions } from './text-rows';

export interface JsonOptions extends Omit<TextRowsOptions, 'columns'> {
  /** Keys of each object; further ones are left out. */
  readonly columns: readonly string[];
}

/**
 * Turns objects into staged rows: texts as they are, numbers as they are written, lists and objects as JSON, what is null or not
 * there as nothing.
 * @throws {DropRefusedError} MALFORMED_JSON, BAD_ENCODING, LIMIT_EXCEEDED, or TOO_FEW_COLUMNS for a key that no object has
 */
export async function* jsonRows(chunks: AsyncIterable<Buffer>, options: JsonOptions, facts: MemberFacts): AsyncGenerator<RowBatch> {
  const { member, columns } = options;
  const splitter = new JsonSplitter(member, options.limits.rowBytes);
  const rows = new TextRows({ ...options, columns: columns.length }, facts);
  const unseen = new Set(columns);
  let isEmpty = true;
  for await (const chunk of chunks) {
    for (const piece of splitter.push(chunk)) {
      isEmpty = false;
      const object = parsed(piece, member);
      for (const column of unseen) if (Object.hasOwn(object, column)) unseen.delete(column);
      rows.add(
        columns.map((column) => (Object.hasOwn(object, column) ? cellOf(object[column]) : null)),
        piece.line,
      );
    }
    yield* rows.take();
  }
  splitter.end();
  if (splitter.isList) facts.header = columns;
  const [column] = unseen;
  if (!isEmpty && column !== undefined) throw new DropRefusedError('TOO_FEW_COLUMNS', 'no object has it', { member, column });
  yield* rows.take(true);
}

function parsed({ bytes, line }: JsonPiece, member: string): Readonly<Record<string, unknown>> {
  if (!isUtf8(bytes)) throw new DropRefusedError('BAD_ENCODING', 'there are bytes that are no text of the encoding', { member, line });
  try {
    return parse(bytes.toString()) as Readonly<Record<string, unknown>>;
  } catch {
    throw new DropRefusedError('MALFORMED_JSON', 'an object is not written as JSON wants it', { member, line });
  }
}

function cellOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (isLosslessNumber(value)) return value.value;
  return stringify(value) ?? null;
}
