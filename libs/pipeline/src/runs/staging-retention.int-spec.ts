import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Publisher, Warehouse } from '@app/persistence';
import {
  controlDatabaseOptions,
  databaseConfig,
  NamedConnections,
  objectStoreConfig,
  openObjectStore,
  parseDatabaseUrl,
  SecretResolver,
  StagingStore,
  type ObjectStore,
} from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { DataSource } from 'typeorm';
import { Targets } from '../stages/targets';
import { RunEntity } from './run.entity';
import { StagingRetention } from './staging-retention';

const ENDED = '[]';

describe('StagingRetention (postgres)', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let folder: string;
  let store: ObjectStore;
  let staging: StagingStore;
  let retention: StagingRetention;

  beforeAll(async () => {
    test = await createTestDatabase();
    dataSource = await new DataSource({ ...controlDatabaseOptions(parseDatabaseUrl(test.url), 2), entities: [RunEntity] }).initialize();
    folder = await mkdtemp(join(tmpdir(), 'retention-'));
    const storeSettings = objectStoreConfig.read({ OBJECT_STORE_URL: pathToFileURL(folder).href });
    store = openObjectStore(storeSettings);
    staging = new StagingStore(store);
    const warehouse = new Warehouse(test.pool);
    const connections = new NamedConnections(databaseConfig.read({ DATABASE_URL: test.url }), new SecretResolver({ env: {}, vault: null }));
    const targets = new Targets(new Publisher(warehouse), warehouse, connections, storeSettings);
    retention = new StagingRetention(dataSource.getRepository(RunEntity), staging, targets, store);
  });
  afterAll(async () => {
    store.close();
    await dataSource.destroy();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  /** A run with something staged. `tables` says that it has published. */
  async function run(
    definition: string,
    age: string,
    { tables = null as string | null, inline = false, stages = null as string[] | null } = {},
  ) {
    const id = randomUUID();
    await test.pool.query(
      `insert into tributary.run (id, definition_name, definition_version, parameters, full_extract, dry_run, trigger, task_id, tables, document, stages, created_at)
       values ($1, $2, $3, '{}', false, false, 'api', gen_random_uuid(), $4, $5, $6, now() - $7::interval)`,
      [id, definition, inline ? 0 : 1, tables, inline ? '{}' : null, stages, age],
    );
    await (await staging.open(id, 'extract')).seal();
    return id;
  }

  it('keeps what a run may still need, and nothing else', async () => {
    await run('harbor', '1 hour', { tables: ENDED });
    const failed = await run('harbor', '6 days');
    await run('harbor', '8 days');
    const other = await run('orchard', '1 hour', { tables: ENDED });
    const along = await run('p-1', '23 hours', { tables: ENDED, inline: true });
    await run('ingest_task', '25 hours', { inline: true, stages: ['extract'] });
    const stopped = await run('p-2', '25 hours', { inline: true });
    const last = await run('harbor', '0', { tables: ENDED });
    await retention.afterSuccess(await dataSource.getRepository(RunEntity).findOneByOrFail({ id: last }));
    const kept: string[] = [];
    for await (const id of staging.runs()) kept.push(id);
    expect(kept.sort()).toEqual([failed, other, along, stopped, last].sort());
  });
});
