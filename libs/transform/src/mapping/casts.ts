import type { MappedType } from './mapped-type';

/** A name that no calendar of the target knows; its first day would be written as a date before Christ. */
const YEAR_ZERO = '0000';

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
  return `case when regexp_full_match(${value}, '[+-]?[0-9]+(\\.[0-9]*)?') then try_cast(split_part(${value}, '.', 1) as integer)
    when regexp_full_match(${value}, '[+-]?\\.[0-9]+') then 0::integer end`;
}

/** True, false or null by the lower-case word. */
export function castWord(value: string, yes: readonly string[], no: readonly string[]): string {
  const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
  return `case when lower(${value}) in (${list(yes)}) then true when lower(${value}) in (${list(no)}) then false end`;
}

/** Year, optional month, optional day; the first space or `T` ends the text. */
export function castIsoDate(value: string): string {
  const stem = `split_part(split_part(${value}, ' ', 1), 'T', 1)`;
  const part = (index: number): string => {
    const digits = `split_part(${stem}, '-', ${index})`;
    return `case when ${digits} = '' then '1' else ltrim(${digits}, '0') end`;
  };
  return `case when regexp_full_match(${stem}, '[0-9]{4}(-[0-9]+){0,2}') and not starts_with(${value}, '${YEAR_ZERO}')
    then try_cast(split_part(${stem}, '-', 1) || '-' || ${part(2)} || '-' || ${part(3)} as date) end`;
}

/** Decimal text with an optional exponent; no separators, no infinities. */
export function castFloat(value: string): string {
  const number = `try_cast(${value} as double)`;
  return `case when regexp_full_match(${value}, '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?') and isfinite(${number}) then ${number} end`;
}
