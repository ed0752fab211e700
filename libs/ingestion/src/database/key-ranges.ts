import type { Column } from '@app/platform';
import { DEFAULT_PARTITION_COUNT, DEFAULT_PARTITION_KEYS } from './database.config';
import { QueryInvalidError } from './database.errors';
import type { ColumnWindow, KeyBounds } from './source-reader';

/** More ranges than this are widened: each costs a statement. */
export const MAX_KEY_RANGES = 10_000;
/** Ranges that nobody asked for stay this few, however sparse the key is. */
const MAX_NATURAL_RANGES = 200n;
const MICROS_PER_SECOND = 1_000_000n;

/** How a column is cut: range `i` begins at `from + i * width`; the first and the last have no outer end. Integers as text. */
export interface KeyRanges {
  readonly column: Column;
  readonly from: string;
  readonly width: string;
  readonly count: number;
  /** Whether a part for the rows without a key follows. */
  readonly hasNulls: boolean;
}

export interface RangeWish {
  readonly count?: number;
  readonly size?: number;
}

/** @throws {QueryInvalidError} for a column that cannot be cut by. */
export function checkOrdered(column: Column): Column {
  scaleOf(column);
  return column;
}

/** Ranges over all keys; keys that come later fall into the outer ones. Null when there is nothing to cut. */
export function keyRanges(column: Column, bounds: KeyBounds, wish: RangeWish): KeyRanges | null {
  const scale = scaleOf(column);
  if (bounds.least === null || bounds.greatest === null) return null;
  const from = scale.toNumber(bounds.least);
  const span = scale.toNumber(bounds.greatest) - from + 1n;
  const width = widthOf(span, wish, scale);
  const count = Number((span + width - 1n) / width);
  return { column, from: from.toString(), width: width.toString(), count, hasNulls: bounds.hasNulls };
}

/** Parts that the ranges make. */
export const partsOf = ({ count, hasNulls }: KeyRanges): number => count + (hasNulls ? 1 : 0);

/** The window of part `index`, from 0. */
export function windowOf({ column, from, width, count, hasNulls }: KeyRanges, index: number): ColumnWindow {
  if (hasNulls && index === count) return { column, nulls: 'only' };
  const { toText } = scaleOf(column);
  const start = BigInt(from) + BigInt(index) * BigInt(width);
  return {
    column,
    ...(index > 0 && { from: toText(start) }),
    ...(index < count - 1 && { before: toText(start + BigInt(width)) }),
  };
}

/** `value` moved back by `lag`: seconds of a timestamp, units of an integer. */
export function moveBack(column: Column, value: string, lag: number): string {
  const { toNumber, toText, perUnit } = scaleOf(column);
  return toText(toNumber(value) - BigInt(Math.ceil(lag * Number(perUnit))));
}

/** A value given from outside, in the one form that goes into a statement. @throws {QueryInvalidError} */
export function normalized(column: Column, value: string): string {
  const { toNumber, toText } = scaleOf(column);
  return toText(toNumber(value));
}

/** Whether an equal value may still come: a timestamp without a fraction may be one of a clock that counts seconds. */
export const mayRepeat = ({ type }: Column, value: string): boolean => type.startsWith('timestamp') && !/\.\d*[1-9]/.test(value);

interface Scale {
  readonly toNumber: (text: string) => bigint;
  readonly toText: (value: bigint) => string;
  /** Steps in one unit that people count in. */
  readonly perUnit: bigint;
}

const INTEGERS: Scale = { toNumber: wholeNumber, toText: String, perUnit: 1n };

function scaleOf({ name, type }: Column): Scale {
  switch (type) {
    case 'integer':
    case 'decimal': // whole numbers beyond 64 bits, such as an unsigned key of MySQL
      return INTEGERS;
    case 'timestamp':
      return { toNumber: microseconds, toText: (value) => timestamp(value), perUnit: MICROS_PER_SECOND };
    case 'timestamptz':
      return { toNumber: microseconds, toText: (value) => `${timestamp(value)}+00`, perUnit: MICROS_PER_SECOND };
    default:
      throw new QueryInvalidError(`Column "${name}" is a ${type}; ranges need an integer or a timestamp.`);
  }
}

function widthOf(span: bigint, { count, size }: RangeWish, { perUnit }: Scale): bigint {
  const atLeast = (parts: bigint) => (span + parts - 1n) / parts;
  if (count !== undefined) return atLeast(BigInt(count));
  if (size !== undefined) return max(BigInt(size) * perUnit, atLeast(BigInt(MAX_KEY_RANGES)));
  if (perUnit !== 1n) return atLeast(BigInt(DEFAULT_PARTITION_COUNT));
  return max(BigInt(DEFAULT_PARTITION_KEYS), atLeast(MAX_NATURAL_RANGES));
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function wholeNumber(text: string): bigint {
  if (/^-?\d{1,38}$/.test(text)) return BigInt(text);
  throw new QueryInvalidError('A number to cut by is a whole one.');
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff][+00]` of a year from 1 on, in microseconds since 1970 UTC. */
function microseconds(text: string): bigint {
  const match = /^(\d{4,})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?(?:\+00(?::?00)?|Z)?$/.exec(text);
  if (!match) throw new QueryInvalidError('A timestamp to cut by is written YYYY-MM-DD HH:MM:SS, in UTC, of a year from 1 on.');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return BigInt(date.getTime()) * 1000n + BigInt((match[7] ?? '').padEnd(6, '0'));
}

function timestamp(micros: bigint): string {
  const fraction = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const date = new Date(Number((micros - fraction) / 1000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day} ${time}.${String(fraction).padStart(6, '0')}`;
}
