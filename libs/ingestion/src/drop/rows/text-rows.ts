import type { DropLimits } from '@app/platform';
import { DropRefusedError } from '../drop.errors';
import type { MemberFacts, RowBatch } from './row-batch';

const BATCH_BYTES = 256 * 1024;
/** Half a character, which no UTF-8 text has. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export interface TextRowsOptions {
  /** The file's own name, for findings. */
  readonly member: string;
  readonly columns: number;
  /** Cells with exactly one of these texts are missing. */
  readonly naValues: readonly string[];
  /** A text that means something else later on; null for none. */
  readonly marker: string | null;
  readonly limits: Pick<DropLimits, 'cellBytes' | 'rowBytes'>;
  /** Rows end with the number of the line they came from. */
  readonly numbered: boolean;
}

/** Gathers cells that are texts already as staged rows. What is null or missing is nothing, everything else is in quotes. */
export class TextRows {
  private readonly missing: ReadonlySet<string>;
  private rows: string[] = [];
  private size = 0;

  constructor(
    private readonly options: TextRowsOptions,
    private readonly facts: Pick<MemberFacts, 'hasMarker'>,
  ) {
    this.missing = new Set(options.naValues);
  }

  /**
   * Takes as many cells as there are columns; those that are not there are missing, surplus ones are left out.
   * @throws {DropRefusedError} LIMIT_EXCEEDED, or BAD_ENCODING for a cell that no table can hold
   */
  add(cells: readonly (string | null | undefined)[], line: number): void {
    const { columns, numbered } = this.options;
    const row = Array.from({ length: columns }, (_, index) => this.cell(cells[index] ?? null, line));
    if (numbered) row.push(String(line));
    const text = `${row.join(',')}\n`;
    this.rows.push(text);
    this.size += text.length;
  }

  /** What is full; with `all`, what is left too. */
  *take(all = false): Generator<RowBatch> {
    if (this.rows.length === 0 || (this.size < BATCH_BYTES && !all)) return;
    yield { bytes: Buffer.from(this.rows.join('')), rows: this.rows.length };
    this.rows = [];
    this.size = 0;
  }

  private cell(text: string | null, line: number): string {
    if (text === null || this.missing.has(text)) return '';
    const { member, limits, marker } = this.options;
    if (text === marker) this.facts.hasMarker = true;
    if (Buffer.byteLength(text) > limits.cellBytes)
      throw new DropRefusedError('LIMIT_EXCEEDED', `a cell has more than ${limits.cellBytes} bytes`, { member, line });
    if (text.includes('\0')) throw new DropRefusedError('BAD_ENCODING', 'there is a NUL character', { member, line });
    if (LONE_SURROGATE.test(text)) throw new DropRefusedError('BAD_ENCODING', 'there is half a character', { member, line });
    return `"${text.replaceAll('"', '""')}"`;
  }
}
