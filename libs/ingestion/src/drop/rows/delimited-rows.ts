import type { DropLimits } from '@app/platform';
import { DropRefusedError, type DropFinding } from '../drop.errors';
import { MissingValues } from './missing-values';
import { Cell, type Dialect, Found, RecordFinder } from './record-finder';
import type { MemberFacts, RowBatch } from './row-batch';
import { RowWriter } from './row-writer';
import { firstInvalid, wholeCharacters } from './utf8-check';
import { VerbatimRows } from './verbatim-rows';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const LF = 0x0a;
const CR = 0x0d;
/** Where one row is not as it is to be, the next ones seldom are. */
const CLOSE_RECORDS = 16;
/** As much of a chunk is joined to a row that began in the one before; most rows end within it. */
const HEAD_BYTES = 4 * 1024;

export interface DelimitedOptions {
  /** The file's own name, for findings. */
  readonly member: string;
  readonly dialect: Dialect;
  readonly hasHeader: boolean;
  /** Cells with exactly one of these texts are missing. */
  readonly naValues: readonly string[];
  /** A text that means something else later on; null for none. */
  readonly marker: string | null;
  readonly limits: Pick<DropLimits, 'cellBytes' | 'rowBytes'>;
  /** Rows end with the number of the line they came from. */
  readonly numbered: boolean;
}

/**
 * Turns delimited text of UTF-8 into staged rows of exactly `columns` cells: missing cells are added, surplus ones left out.
 * One pass; memory is that of one record and one chunk.
 * @throws {DropRefusedError} BAD_ENCODING, MALFORMED_CSV, TOO_FEW_COLUMNS or LIMIT_EXCEEDED
 */
export async function* delimitedRows(
  chunks: AsyncIterable<Buffer>,
  options: DelimitedOptions,
  facts: MemberFacts,
): AsyncGenerator<RowBatch> {
  const reader = new DelimitedReader(options, facts);
  for await (const chunk of chunks) yield* reader.push(chunk, false);
  yield* reader.push(Buffer.alloc(0), true);
}

class DelimitedReader {
  private readonly finder: RecordFinder;
  private verbatim: VerbatimRows | null;
  /** Records to be looked at closely before rows that can stay are sought again: they were sought in vain. */
  private close = 0;
  private readonly writer: RowWriter;
  /** Bytes of a record that has not ended. */
  private carry: Buffer[] = [];
  private carryBytes = 0;
  /** Looking again before there is so much would only be in vain, over and over. */
  private wantedBytes = 0;
  private checkedBytes = 0;
  private line = 1;
  private isStart = true;
  private awaitsFirst = true;

  constructor(
    private readonly options: DelimitedOptions,
    private readonly facts: MemberFacts,
  ) {
    const { dialect, naValues, limits } = options;
    const markers = options.marker === null ? [] : [options.marker];
    this.finder = new RecordFinder(dialect, new MissingValues(naValues), new MissingValues(markers));
    // The first marker must not pass unseen.
    this.verbatim = VerbatimRows.of(dialect, new MissingValues([...naValues, ...markers]), limits);
    this.writer = new RowWriter(options.numbered);
  }

  push(chunk: Buffer, isLast: boolean): readonly RowBatch[] {
    this.add(this.hasShortCarry(chunk) ? this.withoutHead(chunk) : chunk, isLast);
    return this.writer.take(isLast);
  }

  private hasShortCarry(chunk: Buffer): boolean {
    return !this.isStart && this.carryBytes > 0 && this.carryBytes <= HEAD_BYTES && chunk.length > 2 * HEAD_BYTES;
  }

  /** Ends the row at hand by the head of a chunk alone, so that the rest of the chunk need not be copied to be read in one piece. */
  private withoutHead(chunk: Buffer): Buffer {
    this.add(chunk.subarray(0, HEAD_BYTES), false);
    if (this.carryBytes > HEAD_BYTES) return chunk.subarray(HEAD_BYTES);
    const rest = chunk.subarray(HEAD_BYTES - this.carryBytes);
    this.carry = [];
    this.carryBytes = 0;
    return rest;
  }

  private add(chunk: Buffer, isLast: boolean): void {
    this.carry.push(chunk);
    this.carryBytes += chunk.length;
    if (this.carryBytes < this.wantedBytes && !isLast) return;
    let bytes = this.carry.length === 1 ? chunk : Buffer.concat(this.carry, this.carryBytes);
    this.check(bytes, isLast);
    if (this.isStart && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
      bytes = bytes.subarray(BYTE_ORDER_MARK.length);
      this.checkedBytes -= BYTE_ORDER_MARK.length;
    }
    if (bytes.length >= BYTE_ORDER_MARK.length) this.isStart = false;
    this.keep(bytes.subarray(this.read(bytes, isLast)));
  }

  private keep(rest: Buffer): void {
    if (rest.length > this.options.limits.rowBytes) this.fail('LIMIT_EXCEEDED', this.tooLong('row', this.options.limits.rowBytes));
    this.checkedBytes -= this.carryBytes - rest.length;
    this.carry = rest.length > 0 ? [rest] : [];
    this.carryBytes = rest.length;
    this.wantedBytes = Math.min(2 * rest.length, this.options.limits.rowBytes);
  }

  /** Writes all records that end within `bytes`; returns where the last of them does. */
  private read(bytes: Buffer, isLast: boolean): number {
    const { finder } = this;
    let at = 0;
    while (at < bytes.length) {
      if (this.verbatim && !this.awaitsFirst && (this.close -= 1) < 0) {
        at = this.pass(this.verbatim, bytes, at);
        if (at >= bytes.length) break;
      }
      const found = finder.find(bytes, at, isLast);
      if (found === Found.Incomplete) break;
      if (found === Found.Unclosed) this.fail('MALFORMED_CSV', 'a quote that opens in this row is never closed');
      if (found === Found.Nul) this.fail('BAD_ENCODING', 'there is a NUL character');
      if (found === Found.Record) this.record(bytes, at);
      this.line += finder.lines;
      at = finder.next;
    }
    return at;
  }

  /** Passes rows on that are as they are to be; returns where another one begins. */
  private pass(rows: VerbatimRows, bytes: Buffer, from: number): number {
    const { writer } = this;
    const next = rows.find(bytes, from);
    if (rows.count === 0) this.close = CLOSE_RECORDS;
    else if (rows.endInLineFeed && !this.options.numbered) writer.copyRows(bytes, from, next, rows.count);
    else {
      let start = from;
      let line = this.line;
      for (let index = 0; index < rows.count; index += 1) {
        const end = rows.ends[index] as number;
        writer.row(bytes, start, end, line);
        start = bytes[end] === CR ? end + 2 : end + 1;
        line += rows.lines[index] as number;
      }
    }
    this.line += rows.allLines;
    return next;
  }

  private record(bytes: Buffer, from: number): void {
    const { finder, options } = this;
    const { cellBytes, rowBytes } = options.limits;
    if (finder.longestCell > cellBytes) this.fail('LIMIT_EXCEEDED', this.tooLong('cell', cellBytes));
    if (finder.next - from > rowBytes) this.fail('LIMIT_EXCEEDED', this.tooLong('row', rowBytes));
    if (this.awaitsFirst && this.first(bytes)) return;
    this.write(bytes, from);
    if (finder.hasMarker && !this.facts.hasMarker) this.markerFound();
  }

  private markerFound(): void {
    const { dialect, naValues, limits } = this.options;
    this.facts.hasMarker = true;
    this.verbatim = VerbatimRows.of(dialect, new MissingValues(naValues), limits);
  }

  /** The first record says how many columns there are. True when it holds no data. */
  private first(bytes: Buffer): boolean {
    this.awaitsFirst = false;
    const { finder, options } = this;
    const { columns } = options.dialect;
    if (finder.cells < columns) this.fail('TOO_FEW_COLUMNS', `there are ${finder.cells} columns instead of ${columns}`);
    if (!options.hasHeader) return false;
    this.facts.header = Array.from(finder.starts, (start, index) => unquoted(bytes.toString('utf8', start, finder.ends[index])));
    return true;
  }

  private write(bytes: Buffer, from: number): void {
    const { finder, writer } = this;
    const { columns } = this.options.dialect;
    writer.beginRow(finder.next - from, columns);
    if (finder.isVerbatim) writer.verbatim(bytes, from, finder.end);
    else
      for (let index = 0; index < columns; index += 1) {
        if (index > 0) writer.separate();
        if (index < finder.cells) this.cell(bytes, index);
      }
    writer.endRow(this.line);
  }

  private cell(bytes: Buffer, index: number): void {
    const { finder, writer } = this;
    const start = finder.starts[index] as number;
    const end = finder.ends[index] as number;
    switch (finder.kinds[index]) {
      case undefined:
      case Cell.Missing:
        return;
      case Cell.Empty:
        writer.empty();
        return;
      case Cell.Plain:
      case Cell.Quoted:
        writer.verbatim(bytes, start, end);
        return;
      case Cell.Text:
        writer.quoted(bytes, start, end);
        return;
      case Cell.Requote: {
        const text = withoutQuotes(bytes, start, end, this.options.dialect.quote);
        writer.quoted(text, 0, text.length);
      }
    }
  }

  /** Everything up to the last whole character must be valid, and all of it at the end. */
  private check(bytes: Buffer, isLast: boolean): void {
    const fresh = bytes.subarray(this.checkedBytes);
    const whole = isLast ? fresh.length : wholeCharacters(fresh);
    const invalid = firstInvalid(fresh.subarray(0, whole));
    if (invalid >= 0) {
      this.line += lineEnds(bytes.subarray(0, this.checkedBytes + invalid));
      this.fail('BAD_ENCODING', 'there are bytes that are no text of the encoding');
    }
    this.checkedBytes += whole;
  }

  private tooLong(what: string, limit: number): string {
    return `a ${what} has more than ${limit} bytes; perhaps a quote is not closed`;
  }

  private fail(finding: DropFinding, what: string): never {
    throw new DropRefusedError(finding, what, { member: this.options.member, line: this.line });
  }
}

/** What a quoted cell says: doubled quotes are one, and what follows the closing quote is ordinary text. */
function withoutQuotes(bytes: Buffer, start: number, end: number, quote: number): Buffer {
  const text = Buffer.allocUnsafe(end - start);
  let size = 0;
  let isInside = true;
  for (let at = start + 1; at < end; at += 1) {
    if (isInside && bytes[at] === quote) {
      if (bytes[at + 1] === quote && at + 1 < end) at += 1;
      else {
        isInside = false;
        continue;
      }
    }
    text[size++] = bytes[at] as number;
  }
  return text.subarray(0, size);
}

const unquoted = (text: string): string => (/^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text).trim();

function lineEnds(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] !== LF)) count += 1;
  }
  return count;
}
