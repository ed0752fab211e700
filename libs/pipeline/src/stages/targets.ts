import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Publisher, RedshiftPublisher, Warehouse, type TargetPublisher } from '@app/persistence';
import { NamedConnections, objectStoreConfig, toPoolConfig } from '@app/platform';
import { Pool } from 'pg';
import type { PipelineDefinition } from '../definitions/definition';
import { redshiftSettings } from './redshift-settings';

/** Connections to a database that is not the warehouse; a publication uses few. */
const POOL_SIZE = 4;
const IDLE_MS = 30_000;
/** The cluster of definitions that name none: `CONNECTION_REDSHIFT`. */
const DEFAULT_CLUSTER = 'redshift';

interface Target {
  readonly publisher: TargetPublisher;
  readonly warehouse: Warehouse;
}

interface OpenTarget extends Target {
  close(): Promise<void>;
}

/** Where definitions publish: the warehouse, the database that a definition names, or a Redshift cluster. */
@Injectable()
export class Targets implements Target, OnApplicationShutdown {
  private readonly others = new Map<string, OpenTarget>();

  constructor(
    readonly publisher: Publisher,
    readonly warehouse: Warehouse,
    private readonly connections: NamedConnections,
    @Inject(objectStoreConfig.KEY) private readonly store: ConfigType<typeof objectStoreConfig>,
  ) {}

  /** @throws {ConnectionUnknownError | SecretNotFoundError} or `config-invalid` */
  async open(definition: Pick<PipelineDefinition, 'target'>): Promise<TargetPublisher> {
    return (await this.target(definition)).publisher;
  }

  /** The database itself, to look things up in. @throws {ConnectionUnknownError | SecretNotFoundError} or `config-invalid` */
  async openWarehouse(definition: Pick<PipelineDefinition, 'target'>): Promise<Warehouse> {
    return (await this.target(definition)).warehouse;
  }

  /** Removes, wherever this process has published, what was prepared for runs that are not among those alive. */
  async sweep(aliveRunIds: readonly string[]): Promise<void> {
    for (const { publisher } of [this, ...this.others.values()]) await publisher.sweep(aliveRunIds);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.others.values()].map((other) => other.close()));
  }

  private async target({ target }: Pick<PipelineDefinition, 'target'>): Promise<Target> {
    const { kind, connection = kind === 'redshift' ? DEFAULT_CLUSTER : undefined, redshift } = target;
    if (connection === undefined) return this;
    const config = { ...toPoolConfig(await this.connections.open(connection)), max: POOL_SIZE, idleTimeoutMillis: IDLE_MS };
    const key = JSON.stringify([config.host, config.port, config.database, config.user, kind, redshift]);
    const known = this.others.get(key);
    if (known) return known;
    const opened = kind === 'redshift' ? this.openCluster(target, config) : openDatabase(config);
    this.others.set(key, opened);
    return opened;
  }

  private openCluster(target: PipelineDefinition['target'], config: PoolSettings): OpenTarget {
    const settings = redshiftSettings(target, this.store);
    const pool = new Pool(config);
    const close = async (): Promise<void> => {
      settings.parts.store.close();
      await pool.end();
    };
    return { publisher: new RedshiftPublisher(pool, settings), warehouse: new Warehouse(pool), close };
  }
}

type PoolSettings = NonNullable<ConstructorParameters<typeof Pool>[0]>;

function openDatabase(config: PoolSettings): OpenTarget {
  const pool = new Pool(config);
  const warehouse = new Warehouse(pool);
  return { publisher: new Publisher(warehouse), warehouse, close: () => pool.end() };
}
