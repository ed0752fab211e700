import type { DatabaseConnection } from '@app/platform';
import type { Pool as MysqlPool } from 'mysql2';
import type { Pool as PostgresPool } from 'pg';
import type { DatabaseSourceConfig } from './database.config';
import { MysqlReader, openMysqlPool } from './mysql/mysql-reader';
import type { SourcePoolSettings } from './pool.config';
import { Pools } from './pools';
import { openPostgresPool, PostgresReader } from './postgres/postgres-reader';
import { openOptional } from './optional/optional-reader';
import { SqliteReader } from './sqlite/sqlite-reader';
import type { SourceReader } from './source-reader';

/** Opens a reader of whatever kind of database a URL names, on the pools of this process. */
export class ReaderFactory {
  private readonly postgres: Pools<PostgresPool>;
  private readonly mysql: Pools<MysqlPool>;

  constructor(settings: SourcePoolSettings) {
    this.postgres = new Pools((connection) => openPostgresPool(connection, settings));
    this.mysql = new Pools((connection) => openMysqlPool(connection, settings));
  }

  open(connection: DatabaseConnection, config: DatabaseSourceConfig): Promise<SourceReader> {
    switch (connection.dialect) {
      case 'postgres':
        return PostgresReader.open(this.postgres.of(connection), connection, config);
      case 'mysql':
      case 'mariadb':
        return MysqlReader.open(this.mysql.of(connection), connection, config);
      case 'sqlite':
        return SqliteReader.open(connection, config);
      case 'mssql':
      case 'oracle':
        return openOptional(connection, config);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.postgres.takeAll(), ...this.mysql.takeAll().map((pool) => pool.promise())].map((pool) => pool.end()));
  }
}
