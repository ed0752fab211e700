import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DatabaseSource, DatasetSource, DropSource, RedcapSource, type Source, sourcePoolConfig } from '@app/ingestion';
import { NamedConnections, objectStoreConfig, SecretResolver, StagingStore, toUrl } from '@app/platform';
import {
  chainTransform,
  codeConfig,
  CodeTransform,
  dropTransform,
  mappingTransform,
  noTransform,
  type StepKind,
  stepKinds,
  stepTransform,
  type Transform,
} from '@app/transform';
import { stepsOf, type PipelineDefinition, type TransformStep } from '../definitions/definition';
import { DefinitionInvalidError } from '../definitions/definition.errors';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';

type Settings = Readonly<Record<string, unknown>>;
/** What is wrong with a document, and where. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}
/** A kind of source or transform with what the environment says about it; a definition's own settings win. */
interface Binding<Connector> {
  readonly connector: Connector;
  readonly defaults: Settings;
  /** Adds what the settings refer to. */
  readonly complete?: (settings: Settings) => Promise<Settings>;
}

/** The kinds of source and transform that definitions may name. To add one, add a line to the constructor. */
@Injectable()
export class Connectors {
  private readonly sources: ReadonlyMap<string, Binding<Source>>;
  private readonly transforms: ReadonlyMap<string, Binding<Transform>>;
  private readonly chain: Transform<readonly unknown[]>;
  private readonly steps: ReadonlyMap<string, StepKind>;

  constructor(
    @Inject(redcapSyncConfig.KEY) redcap: ConfigType<typeof redcapSyncConfig>,
    private readonly secrets: SecretResolver,
    @Inject(codeConfig.KEY) code: ConfigType<typeof codeConfig>,
    connections: NamedConnections,
    @Inject(objectStoreConfig.KEY) objectStore: ConfigType<typeof objectStoreConfig>,
    staging: StagingStore,
    @Inject(sourcePoolConfig.KEY) sourcePool: ConfigType<typeof sourcePoolConfig>,
  ) {
    const steps = stepKinds(new CodeTransform(code));
    this.chain = chainTransform(steps);
    this.steps = new Map(steps.map((step) => [step.kind, step]));
    this.sources = byKind<Source>([
      { connector: new RedcapSource(), defaults: redcap.source },
      { connector: new DatabaseSource(sourcePool), defaults: {}, complete: (settings) => withUrl(settings, connections) },
      { connector: new DropSource(objectStore), defaults: {} },
      { connector: new DatasetSource(staging), defaults: {} },
    ]);
    this.transforms = byKind<Transform>([
      { connector: mappingTransform, defaults: redcap.transform },
      ...steps.map((step) => ({ connector: stepTransform(step), defaults: {} })),
      { connector: noTransform, defaults: {} },
      { connector: dropTransform, defaults: {} },
    ]);
  }

  /** A definition's source with complete settings, secrets resolved. @throws {DefinitionInvalidError} */
  async openSource(definition: PipelineDefinition): Promise<{ source: Source; config: unknown }> {
    const { kind, config } = definition.source;
    const binding = this.sources.get(kind);
    if (!binding) throw unknownKind(definition.name, 'source.kind', kind, this.sources);
    return { source: binding.connector, config: await this.settings(definition.name, 'source.config', binding, config) };
  }

  /** What makes tables of the extract: the definition's own transform, the one that its source brings, or none at all. */
  async openTransform(definition: PipelineDefinition): Promise<{ transform: Transform; config: unknown }> {
    if (Array.isArray(definition.transform)) return { transform: this.chain, config: this.chain.configSchema.parse(definition.transform) };
    const { kind, config } = this.ownTransform(definition);
    const binding = this.transforms.get(kind);
    if (!binding) throw unknownKind(definition.name, 'transform.kind', kind, this.transforms);
    return { transform: binding.connector, config: await this.settings(definition.name, 'transform.config', binding, config) };
  }

  /** Whether the first parts of an extract may say what its tables are. */
  mayExpect(definition: PipelineDefinition): boolean {
    const { kind } = this.ownTransform(definition);
    return !Array.isArray(definition.transform) && this.transforms.get(kind)?.connector.expect !== undefined;
  }

  /** The only tables that a definition writes, as `schema.table`; undefined when its data decides. */
  tablesOf(definition: PipelineDefinition): readonly string[] | undefined {
    const { kind, config } = this.ownTransform(definition);
    const named = this.transforms.get(kind)?.connector.tables?.(config);
    const { schema, table } = definition.target;
    return named ?? (table === undefined ? undefined : [`${schema}.${table}`]);
  }

  /** What is wrong with the settings that a document itself makes; what the environment must add is known when it runs. */
  sourceFaults(kind: string, config: Settings): Fault[] {
    return faultsOf(kind, config, this.sources);
  }

  transformFaults(kind: string, config: Settings): Fault[] {
    if ('transformation_id' in config && this.transforms.has(kind)) return []; // was checked when it was registered
    return faultsOf(kind, config, this.transforms);
  }

  /** Columns by which a source tells which rows there are, if its settings ask it to. */
  sourceKeys(kind: string, config: Settings): readonly string[] | undefined {
    return this.sources.get(kind)?.connector.keys?.(config);
  }

  /** What stands against rows keeping these columns on their way through a transform. */
  keyFaults(kind: string, config: Settings, keys: readonly string[]): Fault[] {
    const step = this.steps.get(kind);
    if (step) return (step.keyFaults?.(config, keys) ?? []).map(({ path, message }) => ({ path: `config.${path}`, message }));
    return this.transforms.has(kind) ? [{ path: 'kind', message: `the tables of ${kind} have other keys than the source` }] : [];
  }

  private ownTransform(definition: PipelineDefinition): TransformStep {
    const [first] = stepsOf(definition);
    if (first) return first;
    const { kind, config } = definition.source;
    return kind === dropTransform.kind ? { kind, config } : { kind: noTransform.kind, config: {} };
  }

  /** Resolves references late, since what they point to may change while the process runs. */
  private async reveal(settings: Settings): Promise<Settings> {
    const entries = Object.entries(settings).map(async ([key, value]) => {
      const isSecret = typeof value === 'string' && (SECRET_SETTINGS.has(key) || SECRET_REFERENCE.test(value));
      return [key, isSecret ? (await this.secrets.resolve(value)).reveal() : value] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  private async settings(name: string, path: string, binding: Binding<Source | Transform>, own: Settings): Promise<unknown> {
    const revealed = await this.reveal(merge(binding.defaults, own));
    const parsed = binding.connector.configSchema.safeParse((await binding.complete?.(revealed)) ?? revealed);
    if (parsed.success) return parsed.data;
    throw new DefinitionInvalidError(
      name,
      parsed.error.issues.map((issue) => ({ path: [path, ...issue.path].join('.'), message: issue.message })),
    );
  }
}

/** Settings that are secrets even when they are written out; revealing them makes the log and error texts leave them out. */
const SECRET_SETTINGS = new Set(['token', 'password']);
const SECRET_REFERENCE = /^(env|file|vault|sealed):/;

/** The database that a pipeline reads: by name, by a reference to its URL, or `SOURCE_DB_URL`. */
async function withUrl({ connection, ...settings }: Settings, connections: NamedConnections): Promise<Settings> {
  if (settings.url !== undefined) return settings;
  return { ...settings, url: toUrl(await connections.source(typeof connection === 'string' ? connection : null)) };
}

const byKind = <Connector extends { kind: string }>(bindings: readonly Binding<Connector>[]): ReadonlyMap<string, Binding<Connector>> =>
  new Map(bindings.map((binding) => [binding.connector.kind, binding]));

const merge = (defaults: Settings, own: Settings): Settings => ({
  ...Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined)),
  ...own,
});

const faultsOf = (kind: string, own: Settings, bindings: ReadonlyMap<string, Binding<Source | Transform>>): Fault[] => {
  const binding = bindings.get(kind);
  if (!binding) return [{ path: 'kind', message: `expected one of ${[...bindings.keys()].join(', ')}` }];
  const parsed = binding.connector.configSchema.safeParse(merge(binding.defaults, own));
  if (parsed.success) return [];
  return parsed.error.issues
    .filter((issue) => issue.code === 'unrecognized_keys' || (issue.path.length > 0 && String(issue.path[0]) in own))
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: ['config', ...issue.path, key].join('.'), message: 'there is no such key' }))
        : [{ path: ['config', ...issue.path].join('.'), message: issue.message }],
    );
};

const unknownKind = (name: string, path: string, kind: string, bindings: ReadonlyMap<string, unknown>): DefinitionInvalidError =>
  new DefinitionInvalidError(name, [{ path, message: `there is no kind ${kind}; expected one of ${[...bindings.keys()].join(', ')}` }]);
