/** Rows as they are staged: RFC 4180 without the header, each ended by a line feed. Bounded, and never cut within a row. */
export interface RowBatch {
  readonly bytes: Buffer;
  readonly rows: number;
}

/** What a member was found to be, complete once its rows are through. */
export interface MemberFacts {
  /** Names in its own header; null without one. */
  header: readonly string[] | null;
}
