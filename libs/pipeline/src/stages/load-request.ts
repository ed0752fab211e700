import type { LoadRequest, PublicationSeries, SchemaEvolution, TableIndex, WriteStrategy } from '@app/persistence';
import type { StagedTable } from '@app/platform';
import type { TableLoad } from '../definitions/definition';
import type { ExtractAttributes } from './extract.stage';
import type { StageContext } from './stage';

/** What a definition says about writing its tables, in the words of the warehouse. */
export function loadRequest(
  { run, definition, unit }: StageContext,
  tables: readonly StagedTable[],
  { watermark }: Pick<ExtractAttributes, 'watermark'>,
): LoadRequest & { readonly indexes: Readonly<Record<string, readonly TableIndex[]>> } {
  const { load, target } = definition;
  const series: PublicationSeries = {
    name: run.definitionName,
    position: unit.position,
    watermark,
    allowOlder: run.parameters.replay !== undefined,
  };
  const perTable = tables.map(({ table: { name } }) => [name, settingsOf(load, load.tables[name])] as const);
  const by = <T>(of: (settings: TableLoad) => T): Record<string, T> =>
    Object.fromEntries(perTable.map(([name, settings]) => [name, of(settings)]));
  return {
    runId: unit.id,
    schema: target.schema,
    tables,
    strategies: by<WriteStrategy>(strategyOf),
    evolutions: by<SchemaEvolution>(({ evolution }) => evolution),
    indexes: by(({ indexes }) => indexes.map((columns) => ({ columns }))),
    series,
    proof: load.proof,
  };
}

const settingsOf = (load: TableLoad, own: Partial<TableLoad> = {}): TableLoad => ({
  ...load,
  ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
});

function strategyOf({ strategy, keys, onEmpty, updateMissing }: TableLoad): WriteStrategy {
  switch (strategy) {
    case 'truncate':
      return { kind: 'truncate', onEmpty };
    case 'upsert':
      return { kind: 'upsert', keys, updateMissing };
    case 'scd2':
      return { kind: 'scd2', keys };
    default:
      return { kind: strategy };
  }
}
