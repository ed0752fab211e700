import { DataSource } from 'typeorm';
import { sourcePoolConfig } from '@app/ingestion';
import {
  controlDatabaseOptions,
  databaseConfig,
  NamedConnections,
  objectStoreConfig,
  openObjectStore,
  parseDatabaseUrl,
  SecretResolver,
  StagingStore,
} from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { codeConfig } from '@app/transform';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';
import { Connectors } from '../stages/connectors';
import { DefinitionEntity } from './definition.entity';
import { DefinitionInvalidError, DefinitionNotFoundError } from './definition.errors';
import { DefinitionService } from './definition.service';

const DOCUMENT = { name: 'harbor', source: { kind: 'redcap', config: { batchSize: 5 } }, transform: { kind: 'mapping' } };

describe('DefinitionService (postgres)', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let definitions: DefinitionService;

  beforeAll(async () => {
    test = await createTestDatabase();
    dataSource = await new DataSource({
      ...controlDatabaseOptions(parseDatabaseUrl(test.url), 5),
      entities: [DefinitionEntity],
    }).initialize();
    const secrets = new SecretResolver({ env: {}, vault: null });
    definitions = new DefinitionService(
      dataSource.getRepository(DefinitionEntity),
      new Connectors(
        redcapSyncConfig.read({}),
        secrets,
        codeConfig.read({}),
        new NamedConnections(databaseConfig.read({ DATABASE_URL: test.url }), secrets),
        objectStoreConfig.read({}),
        new StagingStore(openObjectStore(objectStoreConfig.read({}))),
        sourcePoolConfig.read({}),
      ),
    );
  });
  afterAll(async () => {
    await dataSource.destroy();
    await test.drop();
  });
  beforeEach(async () => {
    await test.pool.query('delete from tributary.definition');
  });

  it('stores a change as a new version and leaves the earlier ones as they were', async () => {
    await definitions.put(DOCUMENT, 'ann');
    const second = await definitions.put({ ...DOCUMENT, description: 'changed' }, 'bo');
    expect(second).toMatchObject({ version: 2, createdBy: 'bo' });
    expect((await definitions.getVersion('harbor', 1)).document.description).toBeUndefined();
    expect((await definitions.list()).map(({ name, version }) => [name, version])).toEqual([['harbor', 2]]);
  });

  it('takes a document equal to the newest version for that version', async () => {
    await definitions.put(DOCUMENT, 'ann');
    expect(await definitions.put(structuredClone(DOCUMENT), 'bo')).toMatchObject({ version: 1, createdBy: 'ann' });
  });

  it('gives two writers at the same time a version each', async () => {
    const writes = Array.from({ length: 4 }, (_, index) => definitions.put({ ...DOCUMENT, description: `by ${index}` }, 'ann'));
    await Promise.all(writes);
    expect((await definitions.versions('harbor')).map(({ version }) => version)).toEqual([4, 3, 2, 1]);
  });

  it('names every fault of a document at once', async () => {
    const put = definitions.put(
      { ...DOCUMENT, source: { kind: 'redcap', config: { batchSize: -1, speed: 9 } }, transform: { kind: 'magic' } },
      'ann',
    );
    await expect(put).rejects.toThrow(DefinitionInvalidError);
    await expect(put).rejects.toThrow(/source\.config\.batchSize.*speed.*transform\.kind/);
    await expect(definitions.put({ name: 'No Name', sauce: {} }, 'ann')).rejects.toThrow(/name: .*source: .*sauce/);
  });

  it('refuses to delete by key what no upsert by that key keeps, with every fault', async () => {
    const document = {
      name: 'beds',
      source: { kind: 'database', config: { query: 'select 1 as id', deletes: { key: ['id', 'bay'] } } },
      transform: [{ kind: 'sql', config: { sql_query: 'select * from input_data' } }, { kind: 'config', config: { rename: { bay: 'place' } } }], // prettier-ignore
      target: { table: 'beds' },
      load: { strategy: 'upsert', keys: ['bay', 'id'] },
    };
    const faultsOf = async (change: object): Promise<readonly string[]> => {
      const error: unknown = await definitions.put({ ...document, ...change }, 'ann').catch((thrown: unknown) => thrown);
      return error instanceof DefinitionInvalidError ? error.faults.map(({ path }) => path) : [];
    };
    expect(await faultsOf({})).toEqual(['transform.1.config.rename.bay']);
    expect(await faultsOf({ transform: { kind: 'drop' }, load: { strategy: 'scd2', keys: ['id'] }, schedule: 1 })).toEqual(
      expect.arrayContaining(['schedule', 'load.strategy', 'load.keys', 'transform.kind']),
    );
    const perTable = { ...document.load, tables: { beds: { strategy: 'replace' }, another: { keys: [] } } };
    expect(await faultsOf({ transform: { kind: 'none' }, load: perTable })).toEqual(['load.tables.beds.strategy']);
    expect(await faultsOf({ transform: undefined, load: { ...perTable, tables: {} } })).toEqual([]);
  });

  it('keeps an edit by API when the deployment’s file did not change', async () => {
    await definitions.putFromFile(DOCUMENT, 'file:harbor.yaml');
    await definitions.put({ ...DOCUMENT, description: 'edited' }, 'ann');
    await definitions.putFromFile(DOCUMENT, 'file:harbor.yaml');
    expect((await definitions.get('harbor')).document.description).toBe('edited');
    await definitions.putFromFile({ ...DOCUMENT, description: 'deployed' }, 'file:harbor.yaml');
    expect(await definitions.get('harbor')).toMatchObject({ version: 3, document: { description: 'deployed' } });
  });

  it('says so when there is none of that name', async () => {
    await expect(definitions.get('nowhere')).rejects.toThrow(DefinitionNotFoundError);
  });
});
