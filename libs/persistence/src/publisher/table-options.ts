import type { TextType } from '../catalog/column-type';
import { DEFAULT_STRATEGY, type SchemaEvolution, type WriteStrategy } from '../strategies/write-strategy';
import type { LoadRequest } from './publication';

type Options = Pick<LoadRequest, 'strategy' | 'strategies' | 'evolution' | 'evolutions'>;

export const strategyOf = (request: Options, table: string): WriteStrategy =>
  ofTable(request.strategies, table) ?? request.strategy ?? DEFAULT_STRATEGY;

export const evolutionOf = (request: Options, table: string): SchemaEvolution =>
  ofTable(request.evolutions, table) ?? request.evolution ?? 'freeze';

/** A table may have any name, those of an object's own workings too. */
export const ofTable = <T>(record: Readonly<Record<string, T>> | undefined, table: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, table) ? record[table] : undefined;

/** Tables of studies have `character varying`, as the clients of the REDCap system know them; all others have `text`. */
export const textTypeOf = ({ kind }: WriteStrategy): TextType => (kind === 'replace' ? 'character varying' : 'text');

/** Whether a missing table is made. */
export const createsTable = ({ kind }: WriteStrategy): boolean =>
  kind === 'replace' || kind === 'append' || kind === 'truncate' || kind === 'scd2';

/** Columns that tell rows apart. */
export function keysOf(strategy: WriteStrategy): readonly string[] {
  switch (strategy.kind) {
    case 'upsert':
    case 'scd2':
      return strategy.keys;
    case 'key':
      return strategy.columns;
    default:
      return [];
  }
}

/** Whether no staged row means that nothing is done, not even a table made. */
export const ignoresNothing = (strategy: WriteStrategy): boolean =>
  strategy.kind !== 'replace' && !(strategy.kind === 'truncate' && strategy.onEmpty === 'truncate');
