import type { ColumnType } from '../database/table';

/**
 * Formats a staged part may have. `ndjson`: one flat JSON object a line. `csv`: RFC 4180, UTF-8, header; unquoted empty is null.
 * `text`: PostgreSQL's own, UTF-8, no header, at least two columns; it writes and reads that a fifth faster than CSV.
 */
export type PartFormat = 'ndjson' | 'csv' | 'text' | 'parquet';

/** One resumable piece of an extract: a REDCap chunk, a FHIR page, a key range, a file. */
export interface Part {
  /** The relation this part belongs to, for example `record` or `metadata`; a source may yield several streams. */
  readonly stream: string;
  /** The same on every attempt and unique within the dataset; letters, digits, `.`, `_`, `-`. */
  readonly name: string;
  /** Handed back to the source to continue after this part. */
  readonly resumeToken: string;
  readonly format: PartFormat;
  /** The bytes. Consumed once; bounded pieces, never a whole dataset. */
  readonly content: AsyncIterable<Uint8Array>;
  /** What the content held; called once, after `content` ended. */
  summary(): PartSummary;
}

/** What a later run of the same definition continues from, for example the newest value of a cursor column. Small, JSON. */
export type Watermark = Readonly<Record<string, unknown>>;

export interface PartSummary {
  readonly rows: number;
  /** Column names seen, in order of first appearance. */
  readonly columns: readonly string[];
  /** Of each column, where the source knows; without it every cell is text. Cells are written as PostgreSQL writes them. */
  readonly types?: readonly ColumnType[];
  /** What a transform has to know of the rows beside their columns. Small, JSON. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** The newest one stated counts, and takes effect when the run is published. */
  readonly watermark?: Watermark;
}

/** A part that lies in the object store. Immutable. */
export interface StagedPart extends PartSummary {
  readonly stream: string;
  readonly name: string;
  /** Object-store key. */
  readonly key: string;
  readonly format: PartFormat;
  readonly sizeBytes: number;
  /** Hex SHA-256 of the stored bytes. */
  readonly sha256: string;
  readonly resumeToken: string;
}

/** Written last: a stage is done exactly when its manifest exists. */
export interface Manifest {
  readonly runId: string;
  readonly stage: string;
  /** ISO 8601, UTC. */
  readonly sealedAt: string;
  readonly parts: readonly StagedPart[];
  /** What the stage wants later stages to know (small: counts, schemas, fingerprints). */
  readonly attributes: Readonly<Record<string, unknown>>;
}
