import type { Drop } from '../api/answers';

/** Findings that mean: there was nothing in it. */
const EMPTY_FINDINGS = new Set(['EMPTY_MEMBER']);
const LOAD_FAILED = 'LOAD_REJECTED';

/** What a report counts and lists. All lists hold keys, in the order of the work. */
export interface DropTally {
  readonly toProcess: number;
  readonly good: readonly string[];
  readonly failed: readonly string[];
  /** Not begun, or given up without a fault of their own. */
  readonly notProcessed: readonly string[];
  readonly empty: readonly string[];
  readonly superseded: readonly string[];
  readonly failures: number;
  readonly copiedGood: number;
  readonly copiedBad: number;
  /** With their schema, once for each drop that filled them. */
  readonly tablesLoaded: readonly string[];
  readonly tablesFailed: readonly string[];
}

export function tally(drops: readonly Drop[]): DropTally {
  const by = (...outcomes: readonly Drop['outcome'][]): readonly Drop[] => drops.filter(({ outcome }) => outcomes.includes(outcome));
  const loaded = by('loaded');
  const rejected = by('rejected');
  const interrupted = by('interrupted', 'working');
  const superseded = by('superseded');
  const copies = (of: readonly Drop[]): number => of.filter(({ copiedTo }) => copiedTo !== null).length;
  return {
    toProcess: drops.length - superseded.length,
    good: keysOf(loaded),
    failed: keysOf(rejected),
    notProcessed: keysOf(by('interrupted', 'working', 'waiting')),
    empty: keysOf(rejected.filter(({ finding }) => EMPTY_FINDINGS.has(finding ?? ''))),
    superseded: keysOf(superseded),
    failures: rejected.length + interrupted.length,
    copiedGood: copies(loaded),
    copiedBad: copies(rejected),
    tablesLoaded: tablesOf(loaded),
    tablesFailed: tablesOf(rejected.filter(({ finding }) => finding === LOAD_FAILED)),
  };
}

const keysOf = (drops: readonly Drop[]): string[] => drops.map(({ key }) => key);
const tablesOf = (drops: readonly Drop[]): string[] => drops.flatMap(({ tables }) => tables.map(({ table }) => table));
