import type { DropSettings } from './drop-settings';
import type { SeenDrop } from './drop-ledger';
import type { DropObjectEntity } from './drop.entity';

type Age = Pick<DropObjectEntity, 'lastModified' | 'key'>;

export interface Choice {
  /** In the order in which they are worked on. */
  readonly chosen: readonly SeenDrop[];
  /** Never to be loaded, since a newer one is. */
  readonly outdated: readonly SeenDrop[];
}

/**
 * Picks among the drops that nobody has dealt with, given oldest first. Where each replaces the last, the newest is the only
 * one of interest; those before it are given up when it is loaded. Otherwise all are, or as many of the oldest as allowed.
 */
export function choose(open: readonly SeenDrop[], { truncate, file_limit }: DropSettings, newestLoaded: Age | null): Choice {
  if (!truncate) return { chosen: file_limit > 0 ? open.slice(0, file_limit) : open, outdated: [] };
  const outdated = open.filter(({ record }) => newestLoaded !== null && !isNewer(record, newestLoaded));
  const newest = open
    .filter((seen) => !outdated.includes(seen))
    .sort((a, b) => (isNewer(a.record, b.record) ? 1 : -1))
    .at(-1);
  return { chosen: newest ? [newest] : [], outdated };
}

/** By time, then by the bytes of the key. */
const isNewer = (drop: Age, than: Age): boolean => {
  const difference = drop.lastModified.getTime() - than.lastModified.getTime();
  return difference === 0 ? Buffer.compare(Buffer.from(drop.key), Buffer.from(than.key)) > 0 : difference > 0;
};
