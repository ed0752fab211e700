import type { ColumnType } from '@app/platform';
import { quoteLiteral } from '../sql-text';

/** `null` is a value that is always missing and fits every type. */
export type ValueType = ColumnType | 'null';

/** A value of every row, as SQL that may be put anywhere an operand may stand. */
export interface Value {
  readonly sql: string;
  readonly type: ValueType;
  /** Of a constant: the number as it was written, or the text. */
  readonly literal?: string;
}

/** What makes an expression unusable with these columns. The message is the user's to read. */
export class ExpressionFault extends Error {}

/** Digits of the widest exact number that the engine has. */
export const MAX_DECIMAL_DIGITS = 38;
const MAX_INTEGER = 2n ** 63n - 1n;

export const NULL_VALUE: Value = { sql: 'null', type: 'null' };

export function textValue(text: string): Value {
  return { sql: quoteLiteral(text), type: 'string', literal: text };
}

export function booleanValue(value: boolean): Value {
  return { sql: String(value), type: 'boolean' };
}

/** A number in decimal: an integer when it has neither a fraction nor an exponent. @throws {ExpressionFault} past 64 bits */
export function numberValue(text: string): Value {
  const literal = text.replace(/^(-?)\./, '$10.').replace(/\.(?=$|[eE])/, '.0');
  if (/[.eE]/.test(literal)) return { sql: atom(/[eE]/.test(literal) ? literal : `${literal}e0`), type: 'float', literal };
  const value = BigInt(literal);
  if (value > MAX_INTEGER || value < -MAX_INTEGER) throw new ExpressionFault(`the integer ${literal} needs more than 64 bits`);
  return { sql: atom(literal), type: 'integer', literal };
}

/** A constant of JSON. */
export function constantValue(value: string | number | boolean | null): Value {
  if (value === null) return NULL_VALUE;
  if (typeof value === 'string') return textValue(value);
  return typeof value === 'number' ? numberValue(String(value)) : booleanValue(value);
}

/** A sign in front could meet another one, which would begin a comment. */
function atom(number: string): string {
  return number.startsWith('-') ? `(${number})` : number;
}

export function isNumeric(type: ValueType): boolean {
  return type === 'integer' || type === 'float' || type === 'decimal';
}

export function isTemporal(type: ValueType): boolean {
  return type === 'date' || type === 'timestamp' || type === 'timestamptz';
}

/** The number without the detour over binary fractions: `0.1` beside an exact number is exactly a tenth. */
export function exactSql({ sql, type, literal }: Value): string {
  const isExact = type === 'float' && literal !== undefined && !/[eE]/.test(literal) && literal.length <= MAX_DECIMAL_DIGITS;
  return isExact ? atom(literal) : sql;
}

export function asFloat(value: Value): string {
  return value.type === 'float' ? value.sql : `cast(${value.sql} as double)`;
}

/** Dates and times as ISO text, booleans as true and false. */
export function asText({ sql, type }: Value): string {
  if (type === 'bytes') return `('\\x' || lower(hex(${sql})))`;
  return type === 'string' ? sql : `cast(${sql} as varchar)`;
}

/** One type for several values that stand for each other. @throws {ExpressionFault} when there is none */
export function unify(values: readonly Value[]): { type: ValueType; sqls: string[] } {
  const types = new Set(values.map(({ type }) => type));
  types.delete('null');
  const type = commonType([...types]);
  if (type === null) throw new ExpressionFault(`${[...types].join(' and ')} have no common type`);
  const convert = (value: Value): string => {
    if (type === 'float' && value.type !== 'null') return asFloat(value);
    return type === 'decimal' ? exactSql(value) : value.sql;
  };
  return { type, sqls: values.map(convert) };
}

function commonType(types: readonly ValueType[]): ValueType | null {
  const [first] = types;
  if (first === undefined) return 'null';
  if (types.length === 1) return first;
  if (types.every(isNumeric)) return types.includes('float') ? 'float' : 'decimal';
  return types.every((type) => type === 'date' || type === 'timestamp') ? 'timestamp' : null;
}
