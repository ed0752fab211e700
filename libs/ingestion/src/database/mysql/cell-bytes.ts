/**
 * Writes one cell as CSV: reads `source` from `from` to `to`, writes into `target` at `at`, and returns where it ended. It needs
 * room for {@link cellRoom} bytes. Cells stay bytes all the way, since making texts of them takes most of the time.
 */
export type CellWriter = (target: Buffer, at: number, source: Buffer, from: number, to: number) => number;

/** The most bytes that a cell can take: two for each of its own, quotes or a prefix, and a zone. */
export const cellRoom = (bytes: number): number => 2 * bytes + EXTRA_BYTES;
const EXTRA_BYTES = 6;

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const ZERO = 0x30;
const HEX_DIGITS = Buffer.from('0123456789abcdef');
/** Where the month and the day begin in `YYYY-MM-DD`. */
const YEAR_DIGITS = 4;
const MONTH = 5;
const DAY = 8;

/** Numbers and other texts that never need quotes. */
export const verbatim: CellWriter = (target, at, source, from, to) => {
  let end = at;
  for (let index = from; index < to; index += 1) target[end++] = source[index] ?? 0;
  return end;
};

/** UTF-8. Empty text is `""`; a lone `\.` is quoted, because it would end a COPY on older servers. */
export const text: CellWriter = (target, at, source, from, to) => {
  if (from === to || (to - from === 2 && source[from] === BACKSLASH && source[from + 1] === DOT))
    return quoted(target, at, source, from, to);
  let end = at;
  for (let index = from; index < to; index += 1) {
    const byte = source[index] ?? 0;
    if (byte === QUOTE || byte === COMMA || byte === LINE_FEED || byte === CARRIAGE_RETURN) return quoted(target, at, source, from, to);
    target[end++] = byte;
  }
  return end;
};

/** `\x…` */
export const hex: CellWriter = (target, at, source, from, to) => {
  let end = target.write('\\x', at, 'latin1') + at;
  for (let index = from; index < to; index += 1) {
    const byte = source[index] ?? 0;
    target[end++] = HEX_DIGITS[byte >> 4] ?? 0;
    target[end++] = HEX_DIGITS[byte & 0x0f] ?? 0;
  }
  return end;
};

/** Bits as the whole number that they are. */
export const bits: CellWriter = (target, at, source, from, to) =>
  at + target.write(BigInt(`0x${source.toString('hex', from, to) || '0'}`).toString(), at, 'latin1');

/** Dates with a zero for year, month or day are no dates: null. */
export const date: CellWriter = (target, at, source, from, to) =>
  isZero(source, from, YEAR_DIGITS) || isZero(source, from + MONTH, 2) || isZero(source, from + DAY, 2)
    ? at
    : verbatim(target, at, source, from, to);

/** The session is in UTC. */
export const instant: CellWriter = (target, at, source, from, to) => {
  const end = date(target, at, source, from, to);
  return end === at ? at : end + target.write('+00', end, 'latin1');
};

function quoted(target: Buffer, at: number, source: Buffer, from: number, to: number): number {
  let end = at;
  target[end++] = QUOTE;
  for (let index = from; index < to; index += 1) {
    const byte = source[index] ?? 0;
    if (byte === QUOTE) target[end++] = QUOTE;
    target[end++] = byte;
  }
  target[end++] = QUOTE;
  return end;
}

function isZero(source: Buffer, from: number, digits: number): boolean {
  for (let index = from; index < from + digits; index += 1) if (source[index] !== ZERO) return false;
  return true;
}
