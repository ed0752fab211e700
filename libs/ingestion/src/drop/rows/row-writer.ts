import type { RowBatch } from './row-batch';

const COMMA = 0x2c;
const LF = 0x0a;
const DOUBLE_QUOTE = 0x22;
const ZERO = 0x30;
/** Below this a plain loop beats the call of the copying routine. */
const SHORT_COPY_BYTES = 48;
const BATCH_BYTES = 256 * 1024;
const PASSED_BYTES = 32 * 1024;
/** A line number, its comma and the line end. */
const ROW_END_BYTES = 24;

/** Gathers staged rows into batches. */
export class RowWriter {
  private bytes = Buffer.allocUnsafe(BATCH_BYTES);
  private size = 0;
  private rows = 0;
  private done: RowBatch[] = [];

  /** @param numbered whether each row ends with the line of the member that it came from */
  constructor(private readonly numbered: boolean) {}

  /** Takes whole rows as they stand. Many at once are not copied: nobody may write where they lie. */
  copyRows(from: Buffer, start: number, end: number, rows: number): void {
    if (end - start >= PASSED_BYTES) {
      this.close();
      this.done.push({ bytes: from.subarray(start, end), rows });
      return;
    }
    this.reserve(end - start);
    this.size += from.copy(this.bytes, this.size, start, end);
    this.rows += rows;
  }

  /** Takes a row as it stands, without its line end. */
  row(from: Buffer, start: number, end: number, line: number): void {
    this.reserve(end - start + ROW_END_BYTES);
    this.verbatim(from, start, end);
    this.endRow(line);
  }

  /** Makes room for a row whose cells have so many bytes; nothing is checked after that. */
  beginRow(cellBytes: number, cells: number): void {
    this.reserve(2 * cellBytes + 3 * cells + ROW_END_BYTES);
  }

  separate(): void {
    this.bytes[this.size++] = COMMA;
  }

  empty(): void {
    this.bytes[this.size++] = DOUBLE_QUOTE;
    this.bytes[this.size++] = DOUBLE_QUOTE;
  }

  verbatim(from: Buffer, start: number, end: number): void {
    if (end - start > SHORT_COPY_BYTES) {
      this.size += from.copy(this.bytes, this.size, start, end);
      return;
    }
    for (let at = start; at < end; at += 1) this.bytes[this.size++] = from[at] as number;
  }

  quoted(from: Buffer, start: number, end: number): void {
    this.bytes[this.size++] = DOUBLE_QUOTE;
    for (let at = start; at < end; at += 1) {
      const byte = from[at] as number;
      if (byte === DOUBLE_QUOTE) this.bytes[this.size++] = DOUBLE_QUOTE;
      this.bytes[this.size++] = byte;
    }
    this.bytes[this.size++] = DOUBLE_QUOTE;
  }

  endRow(line: number): void {
    if (this.numbered) {
      this.separate();
      this.number(line);
    }
    this.bytes[this.size++] = LF;
    this.rows += 1;
  }

  /** The batches that are full; with `all`, what is left too. */
  take(all: boolean): readonly RowBatch[] {
    if (all) this.close();
    const { done } = this;
    this.done = [];
    return done;
  }

  private number(value: number): void {
    let scale = 1;
    while (scale * 10 <= value) scale *= 10;
    for (let rest = value; scale >= 1; scale /= 10) {
      const digit = Math.floor(rest / scale);
      this.bytes[this.size++] = ZERO + digit;
      rest -= digit * scale;
    }
  }

  private reserve(bytes: number): void {
    if (this.size + bytes <= this.bytes.length) return;
    this.close();
    if (bytes > this.bytes.length) this.bytes = Buffer.allocUnsafe(bytes);
  }

  private close(): void {
    if (this.size === 0) return;
    this.done.push({ bytes: this.bytes.subarray(0, this.size), rows: this.rows });
    this.bytes = Buffer.allocUnsafe(BATCH_BYTES);
    this.size = 0;
    this.rows = 0;
  }
}
