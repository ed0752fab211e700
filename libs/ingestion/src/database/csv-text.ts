/** Bytes of text that are gathered before they go on. */
export const CSV_CHUNK_BYTES = 64 * 1024;

// A line of nothing but \. would end a COPY on older servers.
const NEEDS_QUOTES = /[",\n\r]|^\\\.$|^$/;

/** A cell that is null, or text as PostgreSQL writes it: unquoted empty is null, `""` is empty text. */
export function csvCell(text: string | null): string {
  if (text === null) return '';
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvRow = (cells: readonly (string | null)[]): string => `${cells.map(csvCell).join(',')}\n`;

/** Gathers rows of CSV text into chunks of bounded size. */
export class CsvChunks {
  rows = 0;
  private text: string;

  /** A header makes the first chunk begin with the names of the columns. */
  constructor(
    header: readonly string[],
    private readonly maxRows: number,
  ) {
    this.text = csvRow(header);
  }

  private pending = 0;

  /** A row with its line end. */
  add(row: string): void {
    this.text += row;
    this.rows += 1;
    this.pending += 1;
  }

  get isFull(): boolean {
    return this.text.length >= CSV_CHUNK_BYTES || this.pending >= this.maxRows;
  }

  /** Everything gathered so far; empty when there is nothing. */
  take(): Buffer {
    const bytes = Buffer.from(this.text);
    this.text = '';
    this.pending = 0;
    return bytes;
  }
}
