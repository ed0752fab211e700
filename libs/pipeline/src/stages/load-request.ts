import type { LockRequest } from '@app/jobs';
import type { LoadRequest, PublicationSeries, PublishRequest, SchemaEvolution, TableIndex, WriteStrategy } from '@app/persistence';
import type { StagedTable } from '@app/platform';
import type { PipelineDefinition, TableLoad } from '../definitions/definition';
import type { ExtractAttributes } from './extract.stage';
import type { StageContext } from './stage';

type Indexed = { readonly indexes: Readonly<Record<string, readonly TableIndex[]>> };

/** What a unit of a run writes, in the words of the warehouse. */
export function loadRequest(
  { run, definition, unit }: StageContext,
  tables: readonly StagedTable[],
  { watermark, since }: Pick<ExtractAttributes, 'watermark'> & Partial<Pick<ExtractAttributes, 'since'>>,
): LoadRequest & Indexed {
  const series: PublicationSeries = {
    name: run.definitionName,
    position: unit.position,
    watermark,
    // Units are in order by their position; those that are published together follow one another.
    since: unit.position === null && definition.load.atomic !== true ? since : undefined,
    allowOlder: run.parameters.replay !== undefined,
  };
  return { ...tableRequest(definition, unit.id, tables), series };
}

/** The same for its publication. What the load stage found is added to it. */
export function publishRequest(
  context: StageContext,
  tables: readonly StagedTable[],
  extracted: Parameters<typeof loadRequest>[2],
  locks: readonly LockRequest[],
): PublishRequest {
  const { run, definition } = context;
  const { load, target } = definition;
  return {
    ...loadRequest(context, tables, extracted),
    loaded: [],
    allowShrink: load.allowShrink || run.parameters.allowShrink === true,
    dryRun: run.dryRun,
    locks,
    afterSql: load.afterSql,
    access: { owner: target.owner, grants: target.grants },
  };
}

/** What a definition says about writing its tables. */
export function tableRequest({ load, target }: PipelineDefinition, id: string, tables: readonly StagedTable[]): LoadRequest & Indexed {
  const perTable = tables.map(({ table: { name } }) => [name, { ...load, ...load.tables[name] }] as const);
  const by = <T>(of: (settings: TableLoad) => T): Record<string, T> =>
    Object.fromEntries(perTable.map(([name, settings]) => [name, of(settings)]));
  return {
    runId: id,
    schema: target.schema,
    tables,
    strategies: by<WriteStrategy>(strategyOf),
    evolutions: by<SchemaEvolution>(({ evolution }) => evolution),
    indexes: by(({ indexes }) => indexes.map((columns) => ({ columns }))),
    proof: load.proof,
  };
}

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
