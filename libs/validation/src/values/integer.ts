import type { ParseValue } from './parse-value';

export type IntegerType = 'smallint' | 'integer' | 'bigint';

const BITS: Readonly<Record<IntegerType, bigint>> = { smallint: 16n, integer: 32n, bigint: 64n };
const INTEGER = /^\s*([+-]?)0*(\d+)\s*$/;
/** Numbers of so many digits are exact in JavaScript. */
const EXACT_DIGITS = 15;

/** Integers of a column's width: optional sign, digits, white space around. `1.0`, `1,000`, `1_000` and `0x10` are none. */
export function integerParser(type: IntegerType, allowNegative: boolean): ParseValue {
  const limit = 1n << (BITS[type] - 1n);
  const safeDigits = Math.min(EXACT_DIGITS, String(limit).length - 1);
  return (text) => {
    const [, sign, digits] = INTEGER.exec(text) ?? [];
    if (digits === undefined || (sign === '-' && !allowNegative && digits !== '0')) return undefined;
    if (digits.length > safeDigits) {
      if (digits.length > String(limit).length) return undefined;
      const magnitude = BigInt(digits);
      if (magnitude > limit || (sign !== '-' && magnitude === limit)) return undefined;
    }
    return sign === '-' && digits !== '0' ? `-${digits}` : digits;
  };
}
