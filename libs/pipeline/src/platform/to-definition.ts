import type { DataPlace } from './data-id';
import type { Ingestion, Persistence, Transformation } from './pipeline-config.schema';

type Document = Readonly<Record<string, unknown>>;

/** A database as a stored document may name it: a connection, a sealed URL, or nothing for the default. */
export type DatabaseReference = { readonly connection: string } | { readonly url: string } | null;

/** How the platform's strategies are called in a definition. */
const STRATEGIES = { insert: 'insert', upsert: 'upsert', replace: 'truncate', append: 'append' } as const;

/** Stands for a source that is not known, or not yet, so that the rest of a definition can be looked at. */
export const SOME_SOURCE = { kind: 'database', config: { query: 'select 1' } };
/** What `persistence` is to have where it does not say so, or not so that it can be read. */
export const SOMEWHERE = { table_name: 'staged', strategy: 'insert' } as const;
/** The target of tasks that stop before they write. */
export const NOWHERE = { kind: 'postgres', table: 'staged' };

/** Where a part of a definition came from in `pipeline_config`, for faults that are found in the definition. */
const ORIGINS: readonly (readonly [definition: string, config: string])[] = [
  ['source.config.batchSize', 'ingestion.batch_size'],
  ['source.config.connection', 'ingestion.source_connection'],
  ['source.config.url', 'ingestion.source_db_url'],
  ['source.config', 'ingestion'],
  ['source', 'ingestion'],
  ['transform.kind', 'transformation.type'],
  ['transform', 'transformation'],
  ['schemaValidation', 'schema_validation'],
  ['target.table', 'persistence.table_name'],
  ['target.connection', 'persistence.dest_connection'],
  ['target', 'persistence'],
  ['load.keys', 'persistence.upsert_keys'],
  ['load.onEmpty', 'persistence.on_empty'],
  ['load.updateMissing', 'persistence.update_missing'],
  ['load', 'persistence'],
  ['timeoutSeconds', 'timeout_seconds'],
];

/** `ingestion` as the source of a definition. */
export const toSource = (
  { query, parameters, batch_size, partition, incremental, deletes }: Partial<Ingestion> & Pick<Ingestion, 'query'>,
  database: DatabaseReference,
): Document => ({
  kind: 'database',
  config: {
    ...database,
    query,
    ...(parameters && { parameters }),
    // 0 is the default here as well.
    ...(batch_size && { batchSize: batch_size }),
    ...(partition && { partition }),
    ...(incremental && { incremental }),
    ...(deletes && { deletes }),
  },
});

/** What a task staged earlier, as the source of a definition. */
export const datasetSource = ({ runId, stage }: DataPlace): Document => ({ kind: 'dataset', config: { runId, stage } });

/** `transformation` as the transforms of a definition. @param strict whether unknown keys of declared steps are faults */
export function toTransform(transformation: Transformation | readonly Transformation[], strict: boolean): unknown {
  return isChain(transformation) ? transformation.map((step) => toStep(step, strict)) : toStep(transformation, strict);
}

const isChain = (transformation: Transformation | readonly Transformation[]): transformation is readonly Transformation[] =>
  Array.isArray(transformation);

function toStep({ type, config, name }: Transformation, strict: boolean): Document {
  return { ...(name !== undefined && { name }), kind: type, config: type === 'config' && !strict ? lenient(config) : (config ?? {}) };
}

/** Declared steps may stand under a second key `config`. */
const lenient = (config: Document): Document =>
  typeof config.config === 'object' ? { ...config, config: { ...config.config, strict: false } } : { ...config, strict: false };

/** `persistence` as target and load of a definition. */
export function toTargetAndLoad(
  persistence: Partial<Persistence> & Pick<Persistence, 'table_name' | 'strategy'>,
  connection: string | null,
): Document {
  const { table_name, schema, strategy, upsert_keys, on_empty, update_missing, evolution } = persistence;
  return {
    target: { kind: 'postgres', ...(schema && { schema }), table: table_name, ...(connection !== null && { connection }) },
    load: {
      strategy: STRATEGIES[strategy],
      ...(upsert_keys && strategy === 'upsert' && { keys: upsert_keys }),
      ...(on_empty && { onEmpty: on_empty }),
      ...(update_missing && { updateMissing: update_missing }),
      ...(evolution && { evolution }),
    },
  };
}

/** The place in `pipeline_config` that a place in the definition was made of. */
export function originOf(path: string): (string | number)[] {
  const [definition, config] = ORIGINS.find(([from]) => path === from || path.startsWith(`${from}.`)) ?? ['', ''];
  return `${config}${path.slice(definition.length)}`.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
