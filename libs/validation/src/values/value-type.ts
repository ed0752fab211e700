import { parseBoolean } from './boolean';
import { dateParser } from './date';
import { parseDecimal } from './decimal';
import { integerParser, type IntegerType } from './integer';
import { isNullToken } from './null-token';
import type { ParseValue } from './parse-value';

/** The switches of what an upload may say. The defaults are what clients of the old system know. */
export interface ValueOptions {
  /** Takes `na`, `n/a`, `none`, `null` and `.` for null in text columns too; off, only the empty text is. */
  readonly nullTokensInText: boolean;
  /** Takes `2020-01-31` beside `01-31-2020` and `01/31/2020`. */
  readonly isoDates: boolean;
  /** Takes negative numbers in integer columns, although the message speaks of natural ones. */
  readonly negativeIntegers: boolean;
}

export const DEFAULT_VALUE_OPTIONS: ValueOptions = { nullTokensInText: true, isoDates: false, negativeIntegers: true };

/** What a column's cells may be. */
export interface ValueType {
  /** Id of the rule that a cell breaks which is none. */
  readonly rule: string;
  /** With `{place}` for the cell. */
  readonly message: string;
  readonly parse: ParseValue;
  /** Whether its values need quotes in CSV. */
  readonly isText: boolean;
}

const INTEGER_TYPES: ReadonlySet<string> = new Set<IntegerType>(['smallint', 'integer', 'bigint']);
const DECIMAL_TYPE = /^(double precision|real|numeric)/;

/** The value type of a column by its SQL type, as the catalog writes it. What has no rule of its own is taken as text and left to the database. */
export function valueTypeOf(sqlType: string, options: ValueOptions): ValueType {
  if (isIntegerType(sqlType)) {
    return {
      rule: 'integer',
      message: '{place} must be a natural number',
      parse: integerParser(sqlType, options.negativeIntegers),
      isText: false,
    };
  }
  if (DECIMAL_TYPE.test(sqlType))
    return { rule: 'decimal', message: '{place} must be a decimal number', parse: parseDecimal, isText: false };
  if (sqlType === 'date') {
    // The unmatched bracket is what clients have always read.
    const message = '{place} must be a date in the format MM-DD-YYYY or MM/DD/YYYY)';
    return { rule: 'date', message, parse: dateParser(options.isoDates), isText: false };
  }
  if (sqlType === 'boolean')
    return { rule: 'boolean', message: '{place} must be a true or false value', parse: parseBoolean, isText: false };
  const parse: ParseValue = options.nullTokensInText ? (text) => (isNullToken(text) ? null : text) : (text) => text;
  return { rule: 'text', message: '{place} must be a text', parse, isText: true };
}

const isIntegerType = (sqlType: string): sqlType is IntegerType => INTEGER_TYPES.has(sqlType);
