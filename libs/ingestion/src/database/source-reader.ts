import type { Column, PartSummary } from '@app/platform';

/** Rows of a query by the value of one of its columns. Values are integers or timestamps as PostgreSQL writes them. */
export interface ColumnWindow {
  readonly column: Column;
  /** Rows from here on, inclusive unless `after` says otherwise. */
  readonly from?: string;
  /** Rows behind this value, exclusive. */
  readonly after?: string;
  /** Rows before this value, exclusive. */
  readonly before?: string;
  /** Rows up to this value, inclusive. */
  readonly upTo?: string;
  /** `include` adds rows without a value to the window; `only` is no other row. */
  readonly nulls?: 'include' | 'only';
}

/** What one statement reads. */
export interface Selection {
  readonly windows: readonly ColumnWindow[];
  /** Names of the columns wanted; null for all. */
  readonly only: readonly string[] | null;
  /** Whether `text` will do. */
  readonly takesText?: boolean;
}

/** The text of a statement that is under way. */
export interface RowRead {
  readonly format: 'csv' | 'text';
  readonly content: AsyncIterable<Uint8Array>;
  /** Called once, after the content ended. */
  summary(): PartSummary;
}

/** The least and greatest value of a column as text, finite ones only; null without any. */
export interface KeyBounds {
  readonly least: string | null;
  readonly greatest: string | null;
  /** Whether rows lack a value. */
  readonly hasNulls: boolean;
}

/** One database, asked one query, as it was at one moment. Nothing it does changes the database. */
export interface SourceReader {
  readonly columns: readonly Column[];
  /** Statements it can read at once from the same snapshot. */
  readonly maxReaders: number;
  bounds(column: Column, windows: readonly ColumnWindow[]): Promise<KeyBounds>;
  /** Greatest finite value of the column among rows behind `after`; null when there is none. */
  newest(column: Column, after: string | null): Promise<string | null>;
  /** The one integer key of the table that the query reads plainly, when it has many rows. */
  naturalKey(): Promise<string | null>;
  /**
   * Resolves when no transaction is open any more that was open at the call, or when those left are taken for readers.
   * @throws {SourceUnavailableError} when one that has written to the query's tables stays open.
   */
  settle(limitMs: number, signal: AbortSignal): Promise<void>;
  /** Begins to read; a failure may also surface from the content. Aborting stops it at the server. */
  read(selection: Selection, signal: AbortSignal): Promise<RowRead>;
  /** Gives everything back. Safe to call twice, and with reads under way. */
  close(): Promise<void>;
}
