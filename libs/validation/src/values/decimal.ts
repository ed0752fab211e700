const DECIMAL = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$/;
const NOT_ZERO = /^[^eE]*[1-9]/;

/** Decimal numbers, also with an exponent, that a double can hold. `nan`, `inf` and `1,5` are none. */
export function parseDecimal(text: string): string | undefined {
  const number = DECIMAL.exec(text)?.[1];
  if (number === undefined) return undefined;
  const value = Number(number);
  const fits = Number.isFinite(value) && (value !== 0 || !NOT_ZERO.test(number));
  return fits ? number : undefined;
}
