import type { Part, StagedTable } from '@app/platform';
import type { TypedRowsCheck } from '@app/validation';
import { refusedLine } from './accepted-tables';
import { refusedRows, type RefusedRow } from './check-rows';
import type { FindingTally } from './finding-tally';
import { TooManyRefusedError } from './quarantine.errors';

/** Rows of one table that one run sets aside: so many that people can still look at them. */
export const REFUSED_ROWS_LIMIT = 100_000;
const DIGITS = 4;

/** The refused rows of one table as a part of the validation's dataset. */
export class RefusedPart {
  /** By row number, once the content was read. */
  readonly rows = new Map<number, string>();
  /** The transform's part that the rows lie in, as people are told. */
  readonly sourceName: string;
  readonly name: string;

  constructor(ordinal: number) {
    this.sourceName = `table-${String(ordinal).padStart(DIGITS, '0')}`;
    this.name = `refused-${String(ordinal).padStart(DIGITS, '0')}`;
  }

  /** Checks the table while it is read. `keep` is called with the rows before they are in the part. */
  async *content(
    staged: StagedTable,
    check: TypedRowsCheck,
    tally: FindingTally,
    signal: AbortSignal,
    keep: (rows: readonly RefusedRow[]) => Promise<void>,
  ): AsyncGenerator<Buffer> {
    for await (const group of refusedRows(staged, check, (finding) => tally.add(finding), signal)) {
      signal.throwIfAborted();
      if (group.length === 0) continue;
      for (const { row, hash } of group) this.rows.set(row, hash);
      if (this.rows.size > REFUSED_ROWS_LIMIT) throw new TooManyRefusedError(staged.table.name, REFUSED_ROWS_LIMIT);
      await keep(group);
      yield Buffer.from(group.map(refusedLine).join(''));
    }
  }

  of(content: AsyncIterable<Uint8Array>): Part {
    return {
      stream: 'refused',
      name: this.name,
      resumeToken: this.name,
      format: 'ndjson',
      content,
      summary: () => ({ rows: this.rows.size, columns: ['row', 'hash'] }),
    };
  }
}
