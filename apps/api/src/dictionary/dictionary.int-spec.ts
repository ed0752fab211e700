import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InjectedApi } from '../../e2e/injected-api';

const MAPPING = join(__dirname, '../../../../samples/study/mapping.json');

const entry = (name: string, attributes: object = {}): object => ({
  field_name: name,
  form_name: 'main',
  field_type: 'text',
  field_label: name,
  ...attributes,
});

describe('/dictionary (postgres)', () => {
  let api: InjectedApi;

  const store = async (version: number, entries: readonly object[]): Promise<void> => {
    const key = `dictionaries/redcap/${version}.json`;
    const path = join(api.folder, 'store', key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(entries));
    await api.database.pool.query(
      `insert into tributary.dictionary_version (pipeline, version, checksum, entries, object_key, run_id) values ('redcap', $1, $2, $3, $4, $5)`,
      [version, `sum-${version}`, entries.length, key, randomUUID()],
    );
  };

  beforeAll(async () => {
    api = await InjectedApi.start((folder) => ({ MAPPING_PATH: join(folder, 'mapping.json') }));
    await copyFile(MAPPING, join(api.folder, 'mapping.json'));
    await store(1, [entry('proposal_id'), entry('gone')]);
    await store(2, [entry('proposal_id', { field_label: 'The number' }), entry('come')]);
  });
  afterAll(() => api.stop());

  it('lists the versions, newest first', async () => {
    expect(await api.send('GET', '/dictionary/versions')).toMatchObject({
      status: 200,
      body: [
        {
          pipeline: 'redcap',
          version: 2,
          checksum: 'sum-2',
          entries: 2,
          runId: expect.any(String),
          createdAt: expect.any(String),
          acceptedAt: null,
        },
        { version: 1 },
      ],
    });
    expect(await api.send('GET', '/dictionary/versions?pipeline=nowhere')).toMatchObject({
      status: 404,
      body: { code: 'definition-not-found' },
    });
  });

  it('shows what changed, and which rows, columns and tables of the mapping it touches', async () => {
    expect(await api.send('GET', '/dictionary/diff?from=1&to=2')).toMatchObject({
      status: 200,
      body: {
        ...{ pipeline: 'redcap', from: 1, to: 2 },
        added: [{ field: 'come', touches: [] }],
        removed: [{ field: 'gone', touches: [] }],
        changed: [
          {
            field: 'proposal_id',
            attributes: [{ attribute: 'field_label', from: 'proposal_id', to: 'The number' }],
            touches: expect.arrayContaining([
              { row: expect.any(Number), table: expect.any(String), column: 'ProposalID', expression: 'proposal_id' },
            ]),
          },
        ],
      },
    });
  });

  it('refuses versions that do not exist or are none', async () => {
    expect(await api.send('GET', '/dictionary/diff?from=1&to=9')).toMatchObject({
      status: 404,
      body: { code: 'dictionary-version-not-found' },
    });
    expect(await api.send('GET', '/dictionary/diff?from=1')).toMatchObject({ status: 422, body: { code: 'request-invalid' } });
    expect(await api.send('GET', '/dictionary/diff?from=new&to=2')).toMatchObject({ status: 422 });
  });
});
