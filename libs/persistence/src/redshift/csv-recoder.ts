const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const QUOTED_NOTHING_BYTES = 2;

/** Which cells of a column are null: empty ones without quotes, those with quotes too, or none. */
export type NullCells = 'empty' | 'blank' | 'none';

/** A run of whole rows. */
export interface RecodedRows {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Line feeds, those inside of values included: what the server counts as lines. */
  readonly lines: number;
}

/** What one pass over some bytes has found. */
interface Pass {
  readonly pieces: Buffer[];
  /** How many of the pieces are of rows that have ended. */
  whole: number;
  rows: number;
}

/**
 * Rows of `CopyText` as Redshift reads them: every empty cell is the empty text there, so null has to be spelt out. Cuts
 * the bytes between rows, never inside of one. Bytes that end within a row wait for the next ones.
 */
export class CsvRecoder {
  private readonly nullToken: Buffer;
  /** Of the row that has not ended, up to the cell that has not. */
  private row: Buffer[] = [];
  /** The cell that has not ended, as it came. */
  private cell: Buffer = Buffer.alloc(0);
  private column = 0;
  private lines = 0;

  /**
   * @param nullToken what a null is written as; no value may ever look like it
   * @param columns by column; `empty` where nothing is said
   */
  constructor(
    nullToken: string,
    private readonly columns: readonly NullCells[],
  ) {
    this.nullToken = Buffer.from(nullToken);
  }

  /** The rows that end within these bytes, together with what waited for its end. */
  push(chunk: Buffer): RecodedRows {
    const bytes = this.cell.length === 0 ? chunk : Buffer.concat([this.cell, chunk]);
    const pass: Pass = { pieces: this.row, whole: 0, rows: 0 };
    let [cellStart, copied, isQuoted, cellLines, linesOfRows] = [0, 0, false, 0, 0];
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === LINE_FEED) cellLines += 1;
      if (byte === QUOTE) isQuoted = !isQuoted;
      if (isQuoted || (byte !== COMMA && byte !== LINE_FEED)) continue;
      if (this.isNull(bytes, cellStart, at)) {
        pass.pieces.push(bytes.subarray(copied, cellStart), this.nullToken);
        copied = at;
      }
      [cellStart, this.lines, cellLines] = [at + 1, this.lines + cellLines, 0];
      this.column = byte === COMMA ? this.column + 1 : 0;
      if (byte === COMMA) continue;
      pass.pieces.push(bytes.subarray(copied, cellStart));
      [copied, pass.whole, linesOfRows] = [cellStart, pass.pieces.length, this.lines];
      pass.rows += 1;
    }
    pass.pieces.push(bytes.subarray(copied, cellStart));
    this.cell = bytes.subarray(cellStart);
    return this.cut(pass, linesOfRows);
  }

  /** Whether the last row ended. */
  get isComplete(): boolean {
    return this.column === 0 && this.cell.length === 0;
  }

  private isNull(bytes: Buffer, start: number, end: number): boolean {
    const length = end - start;
    if (length !== 0 && (length !== QUOTED_NOTHING_BYTES || bytes[start] !== QUOTE)) return false;
    const cells = this.columns[this.column] ?? 'empty';
    return cells === 'blank' || (cells === 'empty' && length === 0);
  }

  private cut({ pieces, whole, rows }: Pass, lines: number): RecodedRows {
    this.row = pieces.slice(whole);
    if (rows === 0) return { bytes: Buffer.alloc(0), rows, lines: 0 };
    this.lines -= lines;
    return { bytes: Buffer.concat(pieces.slice(0, whole)), rows, lines };
  }
}
