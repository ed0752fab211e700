import type { TaskControl } from '@app/jobs';
import type { StagedTable } from '@app/platform';
import type { RowDifference } from '../strategies/replace/replace';
import type { ShrinkLimits } from './shrink-brake';

/** How often the work reports, and how it is stopped. */
export type WriteControl = Pick<TaskControl, 'signal' | 'progress'>;

/** What publishing a table will take: nothing, a copy into an empty target, or a comparison with what is there. */
export type LoadMode = 'unchanged' | 'direct' | 'compare';

/** A prepared table. Plain data: it may be stored with the run and read back. */
export interface LoadedTable {
  readonly table: string;
  readonly mode: LoadMode;
  /** Name within the staging schema; null when nothing was copied. */
  readonly staging: string | null;
  /** Fingerprint of the staged table that was looked at. */
  readonly fingerprint: string;
}

export interface LoadRequest {
  readonly runId: string;
  readonly schema: string;
  readonly tables: readonly StagedTable[];
}

export interface PublishRequest extends LoadRequest {
  /** As `load` returned it. Only a head start: what is missing or outdated is done within the publication. */
  readonly loaded: readonly LoadedTable[];
  /** Resources held as exclusive advisory locks while writing, in the task's own words. */
  readonly locks: readonly string[];
  /** Lifts the shrink brake for this publication. */
  readonly allowShrink: boolean;
  readonly shrinkLimits?: ShrinkLimits;
  /** Does everything, counts and shows it, then rolls back. */
  readonly dryRun: boolean;
  /** Rows of the difference that a dry run returns per table; 1000 by default. */
  readonly differenceLimit?: number;
}

export interface TableChange {
  readonly table: string;
  readonly inserted: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Rows of the table afterwards. */
  readonly rows: number;
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
