import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedcapDouble } from '../../../../test/redcap-double';
import { TableService } from '../../e2e/table-service';
import sample from '../../../../samples/study/mapping.json';

const DICTIONARY = [{ field_name: 'proposal_id' }, { field_name: 'title' }, { field_name: 'box', field_type: 'checkbox' }];
const RECORDS = [{ proposal_id: '1', title: 'Harbor', box___1: '1' }];

describe('a mapping that grows while the worker runs, without CREATE_TABLES (postgres, redis, duckdb)', () => {
  let redcap: RedcapDouble;
  let folder: string;
  let service: TableService;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(RECORDS, DICTIONARY);
    folder = await mkdtemp(join(tmpdir(), 'growing-'));
    service = await TableService.start({ ...redcap.env, MAPPING_PATH: join(folder, 'mapping.json') });
  });
  afterAll(async () => {
    await service.stop();
    await redcap.close();
    await rm(folder, { recursive: true });
  });

  const row = (table: string, column: string, field: string, type: string, changes: object = {}): object => ({
    ...Object.fromEntries(Object.keys(sample[0]!).map((key) => [key, ''])),
    ...{ Table_CTMD: table, Fieldname_CTMD: column, Fieldname_redcap: field, 'Data Type': type, InitializeField: 'yes', ...changes },
  });
  const useMapping = (rows: readonly object[]) => writeFile(join(folder, 'mapping.json'), JSON.stringify(rows));
  const run = async (body: object = {}): Promise<string> => {
    const headers = { 'content-type': 'application/json' };
    const started = await service.fetch('/runs', { method: 'POST', body: JSON.stringify({ pipeline: 'redcap', ...body }), headers });
    return (await service.ended(((await started.json()) as { taskId: string }).taskId)).status;
  };
  const columns = (table: string) =>
    service.values(`select column_name || ' ' || data_type from information_schema.columns
      where table_schema = 'public' and table_name = '${table}' order by ordinal_position`);

  it('makes its tables as it describes them, and adds columns to them, but not for a dry run', async () => {
    const first = [
      row('T', 'note', 'n/a', 'text'),
      row('T', 'opt', 'box', 'text'),
      row('T', 'id', 'proposal_id', 'int', { Primary: 'yes' }),
    ];
    await useMapping([...first, row('Uploaded', 'id', 'n/a', 'int', { InitializeField: 'no' })]);
    expect(await run({ dryRun: true })).toBe('finished');
    expect(await columns('T')).toEqual([]);
    expect(await run()).toBe('finished');
    const described = ['note character varying', 'opt character varying', 'id bigint'];
    expect(await columns('T')).toEqual(described);
    expect(await columns('name')).toEqual(['table', 'column', 'index', 'id', 'description'].map((name) => `${name} character varying`));
    expect(await columns('Uploaded')).toEqual([]);

    await useMapping([row('T', 'title', 'title', 'text'), ...first]);
    expect(await run({ dryRun: true })).toBe('finished');
    expect(await columns('T')).toEqual(described);
    expect(await run()).toBe('finished');
    expect(await columns('T')).toEqual([...described, 'title character varying']);
    expect(await service.values('select * from "T"')).toEqual([[null, 'box___1', '1', 'Harbor']]);
  });
});
