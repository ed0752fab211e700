import type { WriteStrategy } from '@app/persistence';

/** How single rows are added to a table that runs write by this strategy: what is there stays, unless it has the same key. */
export const appendingStrategy = (strategy: WriteStrategy): WriteStrategy =>
  strategy.kind === 'replace' || strategy.kind === 'truncate' ? { kind: 'append' } : strategy;
