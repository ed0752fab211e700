import type { LockRequest, TaskControl } from '@app/jobs';
import type { StagedTable } from '@app/platform';
import type { RowDifference } from '../strategies/table-work';
import type { SchemaEvolution, TableIndex, WriteStrategy } from '../strategies/write-strategy';
import type { ShrinkLimits } from './shrink-brake';
import type { TableAccess } from './table-access';

/** How often the work reports, and how it is stopped. */
export type WriteControl = Pick<TaskControl, 'signal' | 'progress'>;

/** What publishing a table will take: nothing, a copy straight into it, or a comparison with rows that were copied beside it. */
export type LoadMode = 'unchanged' | 'direct' | 'compare';

/** A prepared table. Plain data: it may be stored with the run and read back. */
export interface LoadedTable {
  readonly table: string;
  readonly mode: LoadMode;
  /** Name within the staging schema; null when nothing was copied. */
  readonly staging: string | null;
  /** Fingerprint of the staged table that was looked at. */
  readonly fingerprint: string;
  /** Where the keys of its source lie, likewise; absent when it was given none. */
  readonly keys?: string;
}

/**
 * Publications that follow each other, such as the runs of one definition or the drops of one configuration. What it says is
 * recorded in the transaction that writes the rows.
 */
export interface PublicationSeries {
  readonly name: string;
  /** Sorts by age, byte by byte; null when age does not matter. An older one is refused once a newer one is published. */
  readonly position: string | null;
  /** What the next one continues from; small JSON. Null or absent leaves the last one in place. */
  readonly watermark?: unknown;
  /**
   * The watermark that stood when these rows were read, null for none: if another stands by now, they do not continue what is
   * published, and are refused. Absent, it does not matter.
   */
  readonly since?: unknown;
  /** Publishes although something newer was published; the newer position stays. */
  readonly allowOlder?: boolean;
}

/** How sure a publication is of itself before it commits: the number of rows, or the hash of their content as well. */
export type ProofKind = 'rows' | 'hash';

/** The keys of all rows that a source has. */
export interface SourceKeys {
  /** Named like the table, with its keys as columns. Keys may come more than once; null is a value like any other. */
  readonly staged: StagedTable;
  /**
   * Whether they were read at the same moment as the rows. Then a staged row with another key shows that the two do not belong
   * together, and nothing is published. Otherwise they are newer: such a row is gone from its source, and is left out.
   */
  readonly isOneMoment: boolean;
}

export interface LoadRequest {
  /** Names the publication: the warehouse takes each id once. */
  readonly runId: string;
  readonly schema: string;
  readonly tables: readonly StagedTable[];
  /** For all tables; `replace` by default. */
  readonly strategy?: WriteStrategy;
  /** By table, instead of `strategy`. */
  readonly strategies?: Readonly<Record<string, WriteStrategy>>;
  /** For all tables; `freeze` by default. */
  readonly evolution?: SchemaEvolution;
  /** By table, instead of `evolution`. */
  readonly evolutions?: Readonly<Record<string, SchemaEvolution>>;
  readonly series?: PublicationSeries;
  /** Stated in `TableChange.proof`; without it the number of rows is checked and nothing stated. */
  readonly proof?: ProofKind;
  /**
   * By table, the content hash of the staged rows as `docs/write-strategies.md` defines it, from whoever staged them. Saves
   * `hash` from copying rows beside their target, and covers their way here.
   */
  readonly contentHashes?: Readonly<Record<string, string>>;
  /**
   * By table, for `upsert`: afterwards no row of the table has a key that is not among these. More than the shrink brake allows
   * is not deleted.
   */
  readonly sourceKeys?: Readonly<Record<string, SourceKeys>>;
}

export interface PublishRequest extends LoadRequest {
  /** As `load` returned it. Only a head start: what is missing or outdated is done within the publication. */
  readonly loaded: readonly LoadedTable[];
  /** Resources held as advisory locks while writing, in the task's own words. */
  readonly locks: readonly LockRequest[];
  /** By table. */
  readonly indexes?: Readonly<Record<string, readonly TableIndex[]>>;
  /** Runs at the end of the transaction, after all tables are written; when it fails, nothing is published. */
  readonly afterSql?: string;
  /** For all tables. */
  readonly access?: TableAccess;
  /**
   * Asked at the end of the transaction, where rows were still being staged when it began: fulfils with the watermark once nothing
   * more comes, and gives the publication up by rejecting.
   */
  readonly complete?: () => Promise<unknown>;
  /** Lifts the shrink brake, which tables have that are replaced by comparison or come with the keys of their source. */
  readonly allowShrink: boolean;
  readonly shrinkLimits?: ShrinkLimits;
  /** Does everything, counts and shows it, then rolls back. */
  readonly dryRun: boolean;
  /** Rows of the difference that a dry run returns per table; 1000 by default. */
  readonly differenceLimit?: number;
}

/** Staged rows and published rows, which were found to be the same. */
export interface LoadProof {
  readonly rows: number;
  /** Order-independent hash of the rows' content; null when it was not asked for. */
  readonly hash: string | null;
}

export interface TableChange {
  readonly table: string;
  readonly inserted: number;
  /** Rows that got other values in place, or for `scd2` versions that ended. Absent in publications of earlier programs. */
  readonly updated?: number;
  readonly deleted: number;
  /** Rows that were there before and are as they were; null when counting would have cost more than writing. */
  readonly unchanged: number | null;
  /** Rows of the table afterwards; null as above. */
  readonly rows: number | null;
  /** Staged rows that a later one with the same key took the place of. */
  readonly collapsed?: number;
  /** Staged rows that were left out, for `discard_row`. */
  readonly discarded?: number;
  /** Columns that were added to the table, for `evolve`. */
  readonly addedColumns?: readonly string[];
  /** Staged columns that were left out, for `discard_row` and `discard_value`. */
  readonly discardedColumns?: readonly string[];
  /** For people; without values of rows. */
  readonly warnings?: readonly string[];
  readonly proof?: LoadProof;
}

export interface Publication {
  readonly tables: readonly TableChange[];
  /** ISO 8601, UTC; null for a dry run. */
  readonly publishedAt: string | null;
  /** The run had published before; nothing was written now and the counts are those of then. */
  readonly alreadyPublished: boolean;
  /** Rows a dry run would write, by table; empty otherwise. Values of patients: show, never log. */
  readonly differences: Readonly<Record<string, readonly RowDifference[]>>;
}
