import { join } from 'node:path';
import { BEFORE, DICTIONARY } from '../../../../test/harbor-study';
import { RedcapDouble } from '../../../../test/redcap-double';
import { TableService } from '../../e2e/table-service';

const STUDY = join(__dirname, '../../../../samples/study');
const RECORDS = BEFORE.slice(0, 50);
/** A field that the sample mapping reads on its own. */
const REMOVED = 'short_title';
const WITHOUT = {
  dictionary: DICTIONARY.filter(({ field_name }) => field_name !== REMOVED),
  records: RECORDS.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== REMOVED))),
};

describe('a run whose dictionary lost a mapped field (postgres, redis, duckdb)', () => {
  let redcap: RedcapDouble;
  let service: TableService;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(RECORDS, DICTIONARY);
    const folders = { AUXILIARY_PATH: 'auxiliary', FILTER_PATH: 'filter', BLOCK_PATH: 'block', MAPPING_PATH: 'mapping.json' };
    const paths = Object.fromEntries(Object.entries(folders).map(([name, path]) => [name, join(STUDY, path)]));
    service = await TableService.start({ ...redcap.env, ...paths, BATCH_SIZE: '50', CREATE_TABLES: '1' });
  });
  afterAll(async () => {
    await service.stop();
    await redcap.close();
  });

  const run = async (parameters: object = {}) => {
    const body = JSON.stringify({ pipeline: 'redcap', parameters });
    const started = await service.fetch('/runs', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const { taskId } = (await started.json()) as { taskId: string };
    return service.ended(taskId);
  };
  const titles = () => service.values(`select count("ShortTitle") from public."Proposal" where "ShortTitle" is not null`);

  it('fails before anything is published, until it is allowed', async () => {
    expect(await run()).toMatchObject({ status: 'finished' });
    const before = await titles();
    await redcap.become(WITHOUT.records, WITHOUT.dictionary);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      expect(await run()).toMatchObject({
        status: 'failed',
        result: expect.stringMatching(/lost mapped fields.*short_title \(feeds Proposal\.ShortTitle by mapping row \d+/),
      });
    }
    expect(await titles()).toEqual(before);
    expect(await run({ allowRemovedFields: true })).toMatchObject({ status: 'finished' });
    expect(await run()).toMatchObject({ status: 'finished' });
    const versions = (await (await service.fetch('/dictionary/versions')).json()) as { version: number }[];
    expect(versions.map(({ version }) => version)).toEqual([2, 1]);
    const difference = await (await service.fetch('/dictionary/diff?from=1&to=2')).json();
    expect(difference).toMatchObject({
      added: [],
      removed: [
        { field: REMOVED, touches: expect.arrayContaining([expect.objectContaining({ table: 'Proposal', column: 'ShortTitle' })]) },
      ],
      changed: [],
    });
  });
});
