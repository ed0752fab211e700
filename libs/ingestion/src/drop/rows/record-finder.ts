import type { MissingValues } from './missing-values';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;
const DOUBLE_QUOTE = 0x22;

/** What a byte means outside quotes. */
const Sign = {
  Ordinary: 0,
  Delim: 1,
  LineFeed: 2,
  CarriageReturn: 3,
  Quote: 4,
  Nul: 5,
  /** Ordinary where it stands, but not in the text that is written. */
  NeedsQuotes: 6,
} as const;

/** How a cell is written: what its bytes are, and whether they can stay as they are. */
export const Cell = {
  Plain: 0,
  Missing: 1,
  /** An empty text that is not missing. */
  Empty: 2,
  /** In quotes already, as they are written. */
  Quoted: 3,
  /** Without quotes, but in need of them. */
  Text: 4,
  /** In quotes, to be read and written anew: from the opening quote to the end of what follows the closing one. */
  Requote: 5,
} as const;
type Cell = (typeof Cell)[keyof typeof Cell];

export const Found = {
  Record: 0,
  Blank: 1,
  /** The bytes end before the record does. */
  Incomplete: 2,
  /** As before, and there are no more bytes: a quote was not closed. */
  Unclosed: 3,
  Nul: 4,
} as const;

export interface Dialect {
  readonly delim: number;
  /** -1: none. */
  readonly quote: number;
  /** Cells of each record that are of interest. */
  readonly columns: number;
}

/**
 * Finds records one after the other in raw bytes, and the cells in each, without making anything of them. This is where a
 * gigabyte goes through, byte by byte: the loops stay plain.
 */
export class RecordFinder {
  /** Of the first `columns` cells of the record. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly kinds: Uint8Array;
  /** Of the record, those beyond `columns` included. */
  cells = 0;
  /** Every cell of interest is there, and may be written as it stands. */
  isVerbatim = false;
  /** Behind the last cell of interest. */
  end = 0;
  /** Behind the record and its line end. */
  next = 0;
  /** That the record takes. */
  lines = 0;
  longestCell = 0;
  /** Of any record so far: whether a cell of interest is the null marker. */
  hasMarker = false;
  private readonly signs = new Uint8Array(256);
  private readonly foreign: boolean;
  private requotes = false;

  constructor(
    private readonly dialect: Dialect,
    private readonly missing: MissingValues,
    private readonly marker: MissingValues,
  ) {
    this.starts = new Int32Array(dialect.columns);
    this.ends = new Int32Array(dialect.columns);
    this.kinds = new Uint8Array(dialect.columns);
    this.foreign = dialect.quote !== DOUBLE_QUOTE;
    this.signs[COMMA] = Sign.NeedsQuotes;
    this.signs[DOUBLE_QUOTE] = Sign.NeedsQuotes;
    this.signs[0] = Sign.Nul;
    this.signs[LF] = Sign.LineFeed;
    this.signs[CR] = Sign.CarriageReturn;
    this.signs[dialect.delim] = Sign.Delim;
    if (dialect.quote >= 0) this.signs[dialect.quote] = Sign.Quote;
  }

  /** Looks at the record that begins at `from`; what it found stands in the fields until the next call. */
  find(bytes: Buffer, from: number, isLast: boolean): number {
    this.lines = 1;
    if (this.blankEnd(bytes, from) >= 0) return this.lineEnd(bytes, this.next, isLast) ? Found.Blank : Found.Incomplete;
    const { signs, dialect } = this;
    this.cells = 0;
    this.longestCell = 0;
    this.isVerbatim = dialect.delim === COMMA;
    for (let at = from; ; at += 1) {
      const start = at;
      let kind: Cell = Cell.Plain;
      if (bytes[at] === dialect.quote) {
        at = this.closingQuote(bytes, at, isLast);
        if (at < 0) return -at;
        kind = this.requotes ? Cell.Requote : Cell.Quoted;
      }
      let sign: number = Sign.Ordinary;
      const plainFrom = at;
      for (; at < bytes.length; at += 1) {
        sign = signs[bytes[at] as number] as number;
        if (sign === Sign.Ordinary) continue;
        if (sign < Sign.Quote) break;
        if (sign === Sign.Nul) return Found.Nul;
        if (kind === Cell.Plain) kind = Cell.Text;
      }
      if (at >= bytes.length && !isLast) return Found.Incomplete;
      if (kind === Cell.Quoted && at > plainFrom) kind = Cell.Requote;
      this.take(bytes, start, at, kind);
      if (at < bytes.length && sign === Sign.Delim) continue;
      this.isVerbatim &&= this.cells === dialect.columns;
      return this.lineEnd(bytes, at, isLast) ? Found.Record : Found.Incomplete;
    }
  }

  private take(bytes: Buffer, start: number, end: number, plain: Cell): void {
    if (end - start > this.longestCell) this.longestCell = end - start;
    const index = this.cells;
    this.cells += 1;
    if (index >= this.dialect.columns) return;
    const kind = this.kindOf(bytes, start, end, plain);
    if (kind !== Cell.Plain && kind !== Cell.Quoted && (kind !== Cell.Missing || end > start)) this.isVerbatim = false;
    this.starts[index] = start;
    this.ends[index] = end;
    this.kinds[index] = kind;
    this.end = end;
  }

  private kindOf(bytes: Buffer, start: number, end: number, kind: Cell): Cell {
    const isQuoted = kind === Cell.Quoted || (kind === Cell.Requote && bytes[end - 1] === this.dialect.quote);
    const [first, last] = isQuoted ? [start + 1, end - 1] : [start, end];
    if (last <= first) return this.missing.hasEmpty ? Cell.Missing : Cell.Empty;
    if (this.missing.has(bytes, first, last)) return Cell.Missing;
    if (this.marker.has(bytes, first, last)) this.hasMarker = true;
    return kind;
  }

  /** Where the closing quote of a cell ends; negative: why there is none. */
  private closingQuote(bytes: Buffer, opening: number, isLast: boolean): number {
    const { quote } = this.dialect;
    this.requotes = this.foreign;
    for (let at = opening + 1; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === LF) this.lines += 1;
      else if (byte === 0) return -Found.Nul;
      else if (byte === quote) {
        if (at + 1 >= bytes.length && !isLast) return -Found.Incomplete;
        if (bytes[at + 1] !== quote) return at + 1;
        at += 1;
      }
    }
    return isLast ? -Found.Unclosed : -Found.Incomplete;
  }

  /** Whether the line has nothing but white space; `next` is then where it ends. */
  private blankEnd(bytes: Buffer, from: number): number {
    let at = from;
    while ((bytes[at] === SPACE || bytes[at] === TAB) && bytes[at] !== this.dialect.delim) at += 1;
    this.next = at;
    return at >= bytes.length || bytes[at] === LF || bytes[at] === CR ? at : -1;
  }

  /** Passes the line end at `at`; false when it takes another byte to know it. */
  private lineEnd(bytes: Buffer, at: number, isLast: boolean): boolean {
    if (at >= bytes.length) {
      this.next = at;
      return isLast;
    }
    if (bytes[at] === CR && at + 1 >= bytes.length && !isLast) return false;
    this.next = bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
    return true;
  }
}
