import { DataSource, type DataSourceOptions } from 'typeorm';
import { Client } from 'pg';
import { toPoolConfig, toTypeOrmOptions, type DatabaseConnection } from './connection-settings';
import { CreateTasks1764000000000 } from './migrations/1764000000000-create-tasks';
import { CreateRuns1764000000001 } from './migrations/1764000000001-create-runs';
import { CreateApiKeys1764000000002 } from './migrations/1764000000002-create-api-keys';
import { CreateDictionaryVersions1764000000010 } from './migrations/1764000000010-create-dictionary-versions';
import { CreateSchedules1764000000011 } from './migrations/1764000000011-create-schedules';
import { AddRunBackup1764000000020 } from './migrations/1764000000020-add-run-backup';
import { CreateQuarantine1764000000030 } from './migrations/1764000000030-create-quarantine';
import { CreateUploadReports1764000000031 } from './migrations/1764000000031-create-upload-reports';
import { AddTaskCorrelation1764000000040 } from './migrations/1764000000040-add-task-correlation';
import { AddWorkerMemory1764000000041 } from './migrations/1764000000041-add-worker-memory';
import { AddRunDocument1764000000050 } from './migrations/1764000000050-add-run-document';
import { CreateDrops1764000000060 } from './migrations/1764000000060-create-drops';
import { AddRunManifest1764000000080 } from './migrations/1764000000080-add-run-manifest';
import { CreateRegistries1764000000070 } from './migrations/1764000000070-create-registries';

export const CONTROL_SCHEMA = 'tributary';

const CONNECT_TIMEOUT_MS = 10_000;

/** Taken while migrating, so that processes that start together do it once. An arbitrary constant of this project. */
const MIGRATION_LOCK = 7_241_001;

/** In order; forward only. */
export const CONTROL_MIGRATIONS = [
  CreateTasks1764000000000,
  CreateRuns1764000000001,
  CreateApiKeys1764000000002,
  CreateDictionaryVersions1764000000010,
  CreateSchedules1764000000011,
  AddRunBackup1764000000020,
  CreateQuarantine1764000000030,
  CreateUploadReports1764000000031,
  AddTaskCorrelation1764000000040,
  AddWorkerMemory1764000000041,
  AddRunDocument1764000000050,
  CreateDrops1764000000060,
  CreateRegistries1764000000070,
  AddRunManifest1764000000080,
];

/** TypeORM over the control schema. Bulk data never goes through it. */
export function controlDatabaseOptions(connection: DatabaseConnection, poolSize: number): DataSourceOptions {
  const { ssl, ...options } = toTypeOrmOptions(connection);
  return {
    ...options,
    schema: CONTROL_SCHEMA,
    poolSize,
    migrations: CONTROL_MIGRATIONS,
    migrationsTableName: 'migration',
    extra: { ssl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS },
  };
}

/** Creates or migrates the control schema. Safe when several processes start at once; a no-op when it is current. */
export async function migrateControlDatabase(connection: DatabaseConnection): Promise<void> {
  const guard = new Client(toPoolConfig(connection));
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await guard.query(`create schema if not exists ${CONTROL_SCHEMA}`);
    const dataSource = new DataSource(controlDatabaseOptions(connection, 2));
    await dataSource.initialize();
    try {
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await guard.end();
  }
}
