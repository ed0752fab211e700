const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;

/** A run of whole rows. */
export interface RecodedRows {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Line feeds, those inside of values included: what the server counts as lines. */
  readonly lines: number;
}

/**
 * Rows of `CopyText` as Redshift reads them: it takes every empty cell for the empty text, so null has to be spelt out. Cuts
 * the bytes between rows, never inside of one. Bytes that end within a row wait for the next ones.
 */
export class CsvRecoder {
  private readonly nullToken: Buffer;
  private isQuoted = false;
  private atCellStart = true;
  private rest: Buffer[] = [];
  private restLines = 0;

  /** @param nullToken what a null is written as; no value may ever look like it */
  constructor(nullToken: string) {
    this.nullToken = Buffer.from(nullToken);
  }

  /** The rows that end within these bytes, together with what waited for its end. */
  push(chunk: Buffer): RecodedRows {
    const pieces: Buffer[] = [];
    let [copied, rowEnd, rows, lines, linesAtRowEnd] = [0, 0, 0, 0, 0];
    let piecesAtRowEnd = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === LINE_FEED) lines += 1;
      if (byte === QUOTE) {
        this.isQuoted = !this.isQuoted;
        this.atCellStart = false;
      } else if (this.isQuoted || (byte !== COMMA && byte !== LINE_FEED)) {
        this.atCellStart = false;
      } else {
        if (this.atCellStart) {
          pieces.push(chunk.subarray(copied, at), this.nullToken);
          copied = at;
        }
        this.atCellStart = true;
        if (byte === COMMA) continue;
        pieces.push(chunk.subarray(copied, at + 1));
        copied = at + 1;
        [rowEnd, piecesAtRowEnd, linesAtRowEnd] = [at + 1, pieces.length, lines];
        rows += 1;
      }
    }
    pieces.push(chunk.subarray(copied));
    return this.cut(pieces, rowEnd > 0 ? piecesAtRowEnd : 0, rows, lines, linesAtRowEnd);
  }

  /** Whether the last row ended. */
  get isComplete(): boolean {
    return this.rest.every(({ length }) => length === 0);
  }

  private cut(pieces: Buffer[], upTo: number, rows: number, lines: number, linesAtRowEnd: number): RecodedRows {
    if (rows === 0) {
      this.rest.push(...pieces);
      this.restLines += lines;
      return { bytes: Buffer.alloc(0), rows: 0, lines: 0 };
    }
    const whole = { bytes: Buffer.concat([...this.rest, ...pieces.slice(0, upTo)]), rows, lines: this.restLines + linesAtRowEnd };
    this.rest = pieces.slice(upTo);
    this.restLines = lines - linesAtRowEnd;
    return whole;
  }
}
