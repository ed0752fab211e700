import type { DropLimits } from '@app/platform';
import type { MissingValues } from './missing-values';
import type { Dialect } from './record-finder';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;
const DOUBLE_QUOTE = 0x22;
/** Rows that are found at once at most. */
const MAX_ROWS = 8192;
const WORD_BYTES = 256;

/**
 * Finds rows that are staged as they stand, which is what nearly all rows of nearly all files are: the wanted number of cells,
 * none of them missing by its text, quotes only where RFC 4180 has them. It stops before the first row that is anything else,
 * however it is wrong, and leaves it to those who look closer. A gigabyte goes through here byte by byte: the loop stays plain.
 */
export class VerbatimRows {
  /** Behind the last cell of each row, before its line end. */
  readonly ends = new Int32Array(MAX_ROWS);
  /** How many lines each row takes. */
  readonly lines = new Int32Array(MAX_ROWS);
  count = 0;
  /** Of all rows found. */
  allLines = 0;
  /** Whether all of them end in a bare line feed. */
  endInLineFeed = true;
  /** What ends a cell, or has no place in one without quotes. */
  private readonly stops = new Uint8Array(WORD_BYTES);

  private constructor(
    private readonly dialect: Dialect,
    private readonly missing: MissingValues,
    private readonly limits: Pick<DropLimits, 'cellBytes' | 'rowBytes'>,
  ) {
    for (const byte of [0, LF, CR, COMMA, DOUBLE_QUOTE]) this.stops[byte] = 1;
  }

  /** Null for files that are written in another way than rows are staged. */
  static of(dialect: Dialect, missing: MissingValues, limits: Pick<DropLimits, 'cellBytes' | 'rowBytes'>): VerbatimRows | null {
    const isCommon = dialect.delim === COMMA && (dialect.quote === DOUBLE_QUOTE || dialect.quote < 0);
    return isCommon ? new VerbatimRows(dialect, missing, limits) : null;
  }

  /** Looks at the rows that begin at `from`. Returns where the first one begins that is not among those found. */
  find(bytes: Buffer, from: number): number {
    const { stops, dialect, missing, limits, ends, lines } = this;
    const { columns, quote } = dialect;
    const { length } = bytes;
    let count = 0;
    let allLines = 0;
    let endInLineFeed = true;
    let row = from;
    search: while (count < MAX_ROWS) {
      let at = row;
      let cells = 0;
      let spans = 1;
      for (;;) {
        const start = at;
        if (bytes[at] === quote) {
          for (at += 1; at < length; at += 1) {
            const byte = bytes[at];
            if (byte === quote) {
              if (bytes[at + 1] !== quote) break;
              at += 1;
            } else if (byte === LF) spans += 1;
            else if (byte === 0) break search;
          }
          if (at - start < 2 || missing.has(bytes, start + 1, at)) break search;
          at += 1;
        } else {
          while (at < length && stops[bytes[at] as number] === 0) at += 1;
          if (at === start ? !missing.hasEmpty : missing.has(bytes, start, at)) break search;
        }
        if (at >= length || at - start > limits.cellBytes) break search;
        cells += 1;
        if (bytes[at] !== COMMA) break;
        at += 1;
      }
      const end = at;
      if (bytes[at] === CR) {
        at += 1;
        endInLineFeed = false;
      }
      if (bytes[at] !== LF || cells !== columns || at + 1 - row > limits.rowBytes) break;
      // A line without anything is no row; where there is one column it could be taken for one.
      if (columns === 1 && (end === row || bytes[row] === SPACE || bytes[row] === TAB)) break;
      ends[count] = end;
      lines[count] = spans;
      count += 1;
      allLines += spans;
      row = at + 1;
    }
    this.count = count;
    this.allLines = allLines;
    this.endInLineFeed = endInLineFeed;
    return row;
  }
}
