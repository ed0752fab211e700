import type { MappedType } from './mapped-type';

/** Four digits but 0000: its days would be written as days before Christ. */
const YEAR = '(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])';

// A statement may cast hundreds of columns, and the engine reserves memory for every call in it: hence one pattern, few calls.

/**
 * The cast of a raw field (text) to its mapped type, as SQL. Nothing is trimmed; a text that does not fit is null.
 * `value` must be cheap to repeat: a column name.
 */
export function castField(value: string, type: MappedType): string {
  switch (type) {
    case 'string':
      return value;
    case 'integer':
      return castInt(value);
    case 'boolean':
      return castWord(value, ['t', 'true', 'y', 'yes', '1'], ['f', 'false', 'n', 'no', '0']);
    case 'date':
      return castIsoDate(value);
    case 'float':
      return castFloat(value);
  }
}

/** 32 bit; a fraction is cut off. */
function castInt(value: string): string {
  const digits = `try_cast(regexp_extract(${value}, '^([+-]?[0-9]+)(?:\\.[0-9]*)?$', 1) as integer)`;
  return `coalesce(${digits}, case when regexp_full_match(${value}, '[+-]?\\.[0-9]+') then 0 end)`;
}

/** True, false or null by the word, in any letter case. */
export function castWord(value: string, yes: readonly string[], no: readonly string[]): string {
  const is = (words: readonly string[]): string => `regexp_full_match(${value}, '(?i)${words.join('|')}')`;
  return `case when ${is(yes)} then true when ${is(no)} then false end`;
}

/** Year, optional month, optional day; the first space or `T` ends the text. */
export function castIsoDate(value: string): string {
  const stem = `regexp_extract(${value}, '(?s)^(${YEAR}(?:-[0-9]+){0,2})(?:[ T].*)?$', 1)`;
  const short = `regexp_replace(${stem}, '-0+([0-9])', '-\\1', 'g')`;
  return `cast(try_strptime(${short}, ['%Y-%m-%d', '%Y-%m', '%Y']) as date)`;
}

/** Month, day and four digits of the year. */
export function castMonthFirstDate(value: string, separator: '-' | '/'): string {
  const date = `regexp_extract(${value}, '^[0-9]{1,2}${separator}[0-9]{1,2}${separator}${YEAR}$')`;
  return `cast(try_strptime(${date}, '%m${separator}%d${separator}%Y') as date)`;
}

/** Decimal text with an optional exponent; no separators, no infinities. */
export function castFloat(value: string): string {
  const number = `try_cast(regexp_extract(${value}, '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') as double)`;
  return `case when isfinite(${number}) then ${number} end`;
}
