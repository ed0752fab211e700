import type { Readable } from 'node:stream';
import type { TableShape } from '../database/table';

/**
 * Rows as PostgreSQL's `COPY` reads them, without a header. `csv`, unless said otherwise: comma, double quote, doubled quotes, `\n`, unquoted empty is
 * null and `""` is the empty text. `text`: tabs, `\n`, `\N` for null, escapes with backslashes.
 */
export interface CopyText {
  readonly format?: 'csv' | 'text';
  readonly bytes: Readable;
  /** Settles when the producer ended. The consumer commits only when both `bytes` ended and this fulfilled. */
  readonly done: Promise<void>;
}

/**
 * One table's new content, staged and ready to be copied into a target. Where it is still being staged, `rows` and `fingerprint`
 * are final once it was copied; until then it counts as a table that has rows.
 */
export interface StagedTable {
  readonly table: TableShape;
  readonly rows: number;
  /** Order-independent hash of all rows; equal content has an equal fingerprint on every run and machine. */
  readonly fingerprint: string;
  /**
   * Starts producing the rows in column order. May be called again, for example when a load is tried again.
   * @param takesText whether `text` will do where the rows are staged so; it is CSV otherwise
   */
  open(signal: AbortSignal, takesText?: boolean): CopyText;
  /** Counts the rows and hashes them as `docs/write-strategies.md` says, reading all; absent where rows are left out on the way. */
  readonly content?: (signal: AbortSignal) => Promise<{ readonly rows: number; readonly hash: string }>;
}
