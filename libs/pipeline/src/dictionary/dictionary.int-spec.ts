import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sourcePoolConfig } from '@app/ingestion';
import {
  controlDatabaseOptions,
  objectStoreConfig,
  openObjectStore,
  parseDatabaseUrl,
  databaseConfig,
  NamedConnections,
  SecretResolver,
  StagingStore,
  type ObjectStore,
  type StagedPart,
} from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { codeConfig } from '@app/transform';
import { DataSource } from 'typeorm';
import { definitionSchema } from '../definitions/definition';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';
import { Connectors } from '../stages/connectors';
import { DictionaryCheck } from './dictionary-check';
import { DictionaryKeeper } from './dictionary-keeper';
import { DictionaryVersionEntity } from './dictionary-version.entity';
import { DictionaryVersions } from './dictionary-versions';
import { MappedFieldRemovedError } from './dictionary.errors';
import { MappedFields } from './mapped-fields';

/** Keys that a mapping row has to have and nothing here reads. */
const OTHER_KEYS = [
  'Randomization_feature', 'Dropdown Options', 'Lookup Needed', 'Lookup Information', 'Algorithm', 'Key', 'Foreign', 'FK_tablename',
  'Cardinality (Table_CTMD--FK_tablename)', 'Table_phase1', 'NOT NULL', 'Default Value', 'Field Status', 'Instrument', 'Description', 'Comments',
]; // prettier-ignore
const MAPPED = {
  ...Object.fromEntries(OTHER_KEYS.map((key) => [key, ''])),
  ...{
    Table_CTMD: 'Proposal',
    Fieldname_CTMD: 'state',
    Fieldname_redcap: 'status',
    'Data Type': 'text',
    Primary: '',
    InitializeField: 'yes',
  },
};
const REDCAP = definitionSchema.parse({ name: 'redcap', source: { kind: 'redcap' }, transform: { kind: 'mapping' } });
const RUN = { parameters: {}, dryRun: false };
const FULL = ['proposal_id', 'status', 'unmapped'];
const ARCHIVE = 'redcap_data_dictionary';

describe('data dictionaries (postgres)', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let folder: string;
  let store: ObjectStore;
  let versions: DictionaryVersions;
  let keeper: DictionaryKeeper;
  let check: DictionaryCheck;

  beforeAll(async () => {
    test = await createTestDatabase();
    dataSource = await new DataSource({
      ...controlDatabaseOptions(parseDatabaseUrl(test.url), 5),
      entities: [DictionaryVersionEntity],
    }).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await test.drop();
  });
  beforeEach(async () => {
    await test.pool.query('delete from tributary.dictionary_version');
    folder = await mkdtemp(join(tmpdir(), 'dictionaries-'));
    await writeFile(join(folder, 'mapping.json'), JSON.stringify([MAPPED]));
    const config = redcapSyncConfig.read({ MAPPING_PATH: join(folder, 'mapping.json'), POSTGRES_DUMP_PATH: join(folder, 'dumps') });
    store = openObjectStore(objectStoreConfig.read({ OBJECT_STORE_URL: pathToFileURL(join(folder, 'store')).href }));
    versions = new DictionaryVersions(dataSource.getRepository(DictionaryVersionEntity), store);
    keeper = new DictionaryKeeper(config, store, versions);
    const secrets = new SecretResolver({ env: {}, vault: null });
    check = new DictionaryCheck(
      versions,
      new MappedFields(
        new Connectors(
          config,
          secrets,
          codeConfig.read({}),
          new NamedConnections(databaseConfig.read({ DATABASE_URL: test.url }), secrets),
          objectStoreConfig.read({}),
          new StagingStore(store),
          sourcePoolConfig.read({}),
        ),
      ),
    );
  });
  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const extract = async (fields: readonly string[]): Promise<readonly StagedPart[]> => {
    const rows = fields.map((name) => JSON.stringify({ field_name: name, form_name: 'main', field_type: 'text' }));
    const dataset = await new StagingStore(store).open(randomUUID(), 'extract');
    const content = (async function* () { yield Buffer.from(rows.join('\n')); })(); // prettier-ignore
    await dataset.write({
      stream: 'metadata',
      name: 'metadata',
      resumeToken: '1',
      format: 'ndjson',
      content,
      summary: () => ({ rows: rows.length, columns: [] }),
    });
    return dataset.parts;
  };
  const keep = async (fields: readonly string[], pipeline = 'redcap'): Promise<number> =>
    (await keeper.keep(pipeline, randomUUID(), await extract(fields), new AbortController().signal))!;
  const archived = () => readdir(join(folder, 'dumps', ARCHIVE));

  it('stores a dictionary as a version when it differs from the last one', async () => {
    expect([await keep(FULL), await keep(FULL), await keep(['proposal_id']), await keep(FULL)]).toEqual([1, 1, 2, 3]);
    expect((await versions.list('redcap')).map(({ version, entries }) => [version, entries])).toEqual([[3, 3], [2, 1], [1, 3]]); // prettier-ignore
    const stored = await versions.entries(await versions.get('redcap', 2));
    expect(stored).toEqual([{ field_name: 'proposal_id', form_name: 'main', field_type: 'text' }]);
  });

  it('gives two runs at the same time one version of the same dictionary, and two of different ones', async () => {
    expect(await Promise.all([keep(FULL), keep(FULL), keep(FULL)])).toEqual([1, 1, 1]);
    expect((await Promise.all([keep(['proposal_id', 'b']), keep(['proposal_id', 'c'])])).sort()).toEqual([2, 3]);
  });

  it('keeps the old deployment’s files beside its dumps, for its own pipeline (R6)', async () => {
    await keep(FULL);
    await keep(FULL);
    expect(await archived()).toEqual(['redcap_data_dictionary_export.json']);
    await keep(['proposal_id']);
    await keep(FULL, 'other');
    expect((await archived()).sort()).toEqual([
      'redcap_data_dictionary_export.json',
      expect.stringMatching(/^redcap_data_dictionary_export\.json\d+\.\d+$/),
    ]);
    const latest: unknown = JSON.parse(await readFile(join(folder, 'dumps', ARCHIVE, 'redcap_data_dictionary_export.json'), 'utf8'));
    expect(latest).toMatchObject([{ field_name: 'proposal_id' }]);
  });

  it('says what to look at when the folder cannot be written', async () => {
    await writeFile(join(folder, 'dumps'), 'a file');
    await expect(keep(FULL)).rejects.toThrow(/POSTGRES_DUMP_PATH/);
  });

  it('refuses a dictionary without a mapped field, again and again, naming what it feeds', async () => {
    await check.check(RUN, REDCAP, await keep(FULL));
    const removed = await keep(['proposal_id', 'unmapped']);
    const refusal = check.check(RUN, REDCAP, removed);
    await expect(refusal).rejects.toThrow(MappedFieldRemovedError);
    await expect(refusal).rejects.toThrow(/status \(feeds Proposal\.state by mapping row 1\)/);
    await expect(check.check(RUN, REDCAP, await keep(['proposal_id', 'unmapped']))).rejects.toThrow(MappedFieldRemovedError);
    await expect(check.check(RUN, REDCAP, await keep(['proposal_id', 'more']))).rejects.toThrow(MappedFieldRemovedError);
    await check.check(RUN, REDCAP, await keep(FULL));
  });

  it('lets a field go that nothing is mapped to', async () => {
    await check.check(RUN, REDCAP, await keep(FULL));
    await check.check(RUN, REDCAP, await keep(['proposal_id', 'status']));
    expect(await versions.latestAccepted('redcap')).toMatchObject({ version: 2 });
  });

  it('accepts the loss for good when a run allows it, and in a dry run not at all', async () => {
    const allowed = { parameters: { allowRemovedFields: true }, dryRun: false };
    await check.check(RUN, REDCAP, await keep(FULL));
    const version = await keep(['proposal_id']);
    await check.check({ ...allowed, dryRun: true }, REDCAP, version);
    await expect(check.check(RUN, REDCAP, version)).rejects.toThrow(MappedFieldRemovedError);
    await check.check(allowed, REDCAP, version);
    await check.check(RUN, REDCAP, version);
  });
});
