import type { DatabaseConnection } from '@app/platform';
import type { DatabaseSourceConfig } from './database.config';
import type { SourcePoolSettings } from './pool.config';
import { Pools } from './pools';
import { openPostgresPool, PostgresReader } from './postgres/postgres-reader';
import type { SourceReader } from './source-reader';
import type { Pool as PostgresPool } from 'pg';

/** Opens a reader of whatever kind of database a URL names, on the pools of this process. */
export class ReaderFactory {
  private readonly postgres: Pools<PostgresPool>;

  constructor(settings: SourcePoolSettings) {
    this.postgres = new Pools((connection) => openPostgresPool(connection, settings));
  }

  open(connection: DatabaseConnection, config: DatabaseSourceConfig): Promise<SourceReader> {
    return PostgresReader.open(this.postgres.of(connection), connection, config);
  }

  async close(): Promise<void> {
    await Promise.all(this.postgres.takeAll().map((pool) => pool.end()));
  }
}
