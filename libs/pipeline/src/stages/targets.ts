import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Publisher, Warehouse } from '@app/persistence';
import { NamedConnections, toPoolConfig } from '@app/platform';
import { Pool } from 'pg';
import type { PipelineDefinition } from '../definitions/definition';

/** Connections to a database that is not the warehouse; a publication uses few. */
const POOL_SIZE = 4;
const IDLE_MS = 30_000;

interface Target {
  readonly publisher: Publisher;
  readonly warehouse: Warehouse;
}

/** Where definitions publish: the warehouse, or the database that a definition names. */
@Injectable()
export class Targets implements Target, OnApplicationShutdown {
  private readonly others = new Map<string, { readonly pool: Pool } & Target>();

  constructor(
    readonly publisher: Publisher,
    readonly warehouse: Warehouse,
    private readonly connections: NamedConnections,
  ) {}

  /** @throws {ConnectionUnknownError | SecretNotFoundError} */
  async open(definition: Pick<PipelineDefinition, 'target'>): Promise<Publisher> {
    return (await this.target(definition)).publisher;
  }

  /** The database itself, to look things up in. @throws {ConnectionUnknownError | SecretNotFoundError} */
  async openWarehouse(definition: Pick<PipelineDefinition, 'target'>): Promise<Warehouse> {
    return (await this.target(definition)).warehouse;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.others.values()].map(({ pool }) => pool.end()));
  }

  private async target({ target }: Pick<PipelineDefinition, 'target'>): Promise<Target> {
    if (target.connection === undefined) return this;
    const config = { ...toPoolConfig(await this.connections.open(target.connection)), max: POOL_SIZE, idleTimeoutMillis: IDLE_MS };
    const key = JSON.stringify([config.host, config.port, config.database, config.user]);
    const known = this.others.get(key);
    if (known) return known;
    const pool = new Pool(config);
    const warehouse = new Warehouse(pool);
    const opened = { pool, warehouse, publisher: new Publisher(warehouse) };
    this.others.set(key, opened);
    return opened;
  }
}
