import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Publisher, Warehouse } from '@app/persistence';
import { NamedConnections, toPoolConfig } from '@app/platform';
import { Pool } from 'pg';
import type { PipelineDefinition } from '../definitions/definition';

/** Connections to a database that is not the warehouse; a publication uses few. */
const POOL_SIZE = 4;
const IDLE_MS = 30_000;

/** Where definitions publish: the warehouse, or the database that a definition names. */
@Injectable()
export class Targets implements OnApplicationShutdown {
  private readonly others = new Map<string, { readonly pool: Pool; readonly publisher: Publisher }>();

  constructor(
    private readonly warehouse: Publisher,
    private readonly connections: NamedConnections,
  ) {}

  /** @throws {ConnectionUnknownError | SecretNotFoundError} */
  async open({ target }: Pick<PipelineDefinition, 'target'>): Promise<Publisher> {
    if (target.connection === undefined) return this.warehouse;
    const config = { ...toPoolConfig(await this.connections.open(target.connection)), max: POOL_SIZE, idleTimeoutMillis: IDLE_MS };
    const key = JSON.stringify([config.host, config.port, config.database, config.user]);
    const known = this.others.get(key);
    if (known) return known.publisher;
    const pool = new Pool(config);
    const opened = { pool, publisher: new Publisher(new Warehouse(pool)) };
    this.others.set(key, opened);
    return opened.publisher;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.others.values()].map(({ pool }) => pool.end()));
  }
}
