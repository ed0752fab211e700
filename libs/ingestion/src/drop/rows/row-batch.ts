/** Rows as they are staged: RFC 4180 without the header, each ended by a line feed. Bounded, and never cut within a row. */
export interface RowBatch {
  readonly bytes: Buffer;
  readonly rows: number;
}

/** What a member was found to be, complete once its rows are through. */
export interface MemberFacts {
  /** Names in its own header, or those that the objects of a list are asked for; null without either. */
  header: readonly string[] | null;
  /** Whether a cell is the null marker, or may be, since nobody looked. */
  hasMarker: boolean;
}
