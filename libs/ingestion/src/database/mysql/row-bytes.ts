import { CSV_CHUNK_BYTES, csvRow } from '../csv-text';
import { cellRoom, type CellWriter } from './cell-bytes';

const COMMA = 0x2c;
const LINE_FEED = 0x0a;

/** How a row of the text protocol says how long a cell is: in this one byte, or in so many behind it. */
const NULL_CELL = 0xfb;
const TWO_BYTES = 0xfc;
const THREE_BYTES = 0xfd;
const EIGHT_BYTES = 0xfe;

/** Makes CSV of rows as the server sends them, and hands it on in chunks. */
export class RowBytes {
  rows = 0;
  private target = Buffer.allocUnsafe(CSV_CHUNK_BYTES);
  private at = 0;

  constructor(
    header: readonly string[],
    private readonly cells: readonly CellWriter[],
    private readonly take: (chunk: Buffer) => void,
  ) {
    const line = Buffer.from(csvRow(header));
    this.makeRoom(line.length);
    this.at += line.copy(this.target, this.at);
  }

  /** Takes the row that lies in `source` between two positions. */
  add(source: Buffer, from: number, to: number): void {
    this.makeRoom(cellRoom(to - from) + this.cells.length * cellRoom(0));
    let position = from;
    for (let index = 0; index < this.cells.length; index += 1) {
      if (index > 0) this.target[this.at++] = COMMA;
      const first = source[position++] ?? 0;
      if (first === NULL_CELL) continue;
      let length = first;
      if (first >= TWO_BYTES) {
        const bytes = first === TWO_BYTES ? 2 : first === THREE_BYTES ? 3 : first === EIGHT_BYTES ? 6 : 0;
        length = source.readUIntLE(position, bytes);
        position += first === EIGHT_BYTES ? 8 : bytes;
      }
      this.at = this.cells[index]?.(this.target, this.at, source, position, position + length) ?? this.at;
      position += length;
    }
    this.target[this.at++] = LINE_FEED;
    this.rows += 1;
  }

  end(): void {
    if (this.at > 0) this.take(this.target.subarray(0, this.at));
    this.at = 0;
  }

  private makeRoom(bytes: number): void {
    if (this.target.length - this.at >= bytes) return;
    this.end();
    this.target = Buffer.allocUnsafe(Math.max(CSV_CHUNK_BYTES, bytes));
  }
}
