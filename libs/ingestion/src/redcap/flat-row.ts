import { Readable } from 'node:stream';
import type { Part } from '@app/platform';
import { isLosslessNumber, parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';

/** One row of an export: every value is text or null, so nothing of what REDCap sent is lost. */
export type FlatRow = Readonly<Record<string, string | null>>;

type JsonObject = Readonly<Record<string, unknown>>;

/** Bytes leave a part in pieces of about this many characters. */
const PIECE_CHARS = 256 * 1024;

/** A number that a double would not give back as written: a fraction, an exponent, 16 digits or more, a negative zero. */
const FRAGILE_NUMBER = /(?:"\s*:|[[,])\s*(?:-?\d+[.eE]|-?\d{16,}|-0\s*[,}\]])/;

/** Parses JSON; numbers whose text a double would change arrive as `LosslessNumber`. @throws {SyntaxError} */
export function parseJson(text: string): unknown {
  const plain: unknown = JSON.parse(text);
  // Exact numbers cost many times the time, and almost every export holds nothing but text that may look like them.
  return !FRAGILE_NUMBER.test(text) || isTextOnly(plain) ? plain : parseLossless(text);
}

function isTextOnly(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isTextOnly);
  return isObject(value) ? isFlat(value) : isText(value);
}

function isFlat(row: JsonObject): row is FlatRow {
  for (const name in row) if (!isText(row[name])) return false;
  return true;
}

function isText(value: unknown): value is string | null {
  return typeof value === 'string' || value === null;
}

/** Strings and null stay; numbers and booleans become their exact JSON text, lists and objects compact JSON text. */
export function flatten(row: JsonObject): FlatRow {
  if (isFlat(row)) return row;
  const flat: Record<string, string | null> = {};
  for (const name in row) flat[name] = textOf(row[name]);
  return flat;
}

function textOf(value: unknown): string | null {
  if (isText(value)) return value;
  if (isLosslessNumber(value)) return value.toString();
  return stringifyLossless(value) ?? null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A part of rows that are already in memory, written as one JSON object a line. */
export function rowsPart(stream: string, name: string, resumeToken: string, rows: readonly FlatRow[]): Part {
  return {
    stream,
    name,
    resumeToken,
    format: 'ndjson',
    content: Readable.from(ndjson(rows)),
    summary: () => ({ rows: rows.length, columns: columnsOf(rows) }),
  };
}

function* ndjson(rows: readonly FlatRow[]): Generator<Uint8Array> {
  let piece = '';
  for (const row of rows) {
    piece += `${JSON.stringify(row)}\n`;
    if (piece.length < PIECE_CHARS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}

/** Column names in order of first appearance. */
export function columnsOf(rows: readonly FlatRow[]): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name in row) names.add(name);
  return [...names];
}
