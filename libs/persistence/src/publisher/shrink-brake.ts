import { ShrinkRefusedError } from '../warehouse/warehouse-errors';

export interface ShrinkLimits {
  /** Tables with fewer rows may shrink freely. */
  readonly minimumRows: number;
  /** Largest share of its rows, 0 to 1, that a table may lose. */
  readonly maximumShare: number;
}

export const SHRINK_MINIMUM_ROWS = 100;
export const SHRINK_MAX_SHARE = 0.5;
export const DEFAULT_SHRINK_LIMITS: ShrinkLimits = { minimumRows: SHRINK_MINIMUM_ROWS, maximumShare: SHRINK_MAX_SHARE };

export interface RowCountChange {
  readonly table: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Refuses changes that lose implausibly many rows, and those that leave nothing at all where something was, however small.
 * @throws {ShrinkRefusedError} naming every table concerned
 */
export function assertPlausible(changes: readonly RowCountChange[], limits: ShrinkLimits): void {
  const isEmptied = changes.every(({ to }) => to === 0);
  const refused = changes.filter(({ from, to }) => {
    const isTooMuch = from >= limits.minimumRows && from - to > from * limits.maximumShare;
    return isTooMuch || (isEmptied && from > 0);
  });
  if (refused.length > 0) throw new ShrinkRefusedError(refused);
}
