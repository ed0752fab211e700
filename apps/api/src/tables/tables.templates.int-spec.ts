import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableService } from '../../e2e/table-service';

/** A folder with `ctmd/mapping.json` and the published templates; its licence keeps it out of this repository. */
const SHARED_DATA = process.env.TEST_SHARED_DATA;
const TYPES: Readonly<Record<string, string>> = { int: 'bigint', float: 'double precision', boolean: 'boolean', date: 'date' };

interface MappingRow {
  readonly Table_CTMD: string;
  readonly Fieldname_CTMD: string;
  readonly 'Data Type': string;
}

const file = (name: string): Buffer => readFileSync(join(SHARED_DATA ?? '', 'ctmd', name));

function tableStatement(table: string): string {
  const rows = (JSON.parse(file('mapping.json').toString('utf8')) as MappingRow[]).filter((row) => row.Table_CTMD === table);
  const columns = rows.map((row) => `"${row.Fieldname_CTMD}" ${TYPES[row['Data Type']] ?? 'varchar'}`);
  return `create table "${table}" (${columns.join(', ')})`;
}

(SHARED_DATA ? describe : describe.skip)('the published templates (TEST_SHARED_DATA; postgres, redis)', () => {
  let service: TableService;

  beforeAll(async () => {
    service = await TableService.start();
    for (const table of ['Sites', 'CTSAs', 'StudyProfile', 'EnrollmentInformation', 'StudySites']) await service.sql(tableStatement(table));
    // The published mapping is older than the template.
    await service.sql(
      'alter table "StudyProfile" add "contractType" varchar, add "fieldsPerCasebook" bigint, add comments varchar, add "projectStatus" varchar, add "dateLastUpdated" date',
    );
  });
  afterAll(() => service.stop());

  it.each([
    ['Sites', 'siteId', 'sites', 21],
    ['CTSAs', 'ctsaId', 'ctsas', 9],
    ['StudyProfile', 'ProposalID', 'study-profile', 1],
  ])('load into %s by %s, however often they are sent', async (table, column, template, rows) => {
    for (let times = 0; times < 2; times += 1) {
      const task = await service.load(`/table/${table}/column/${column}`, file(`mock-data_${template}.csv`), { comments: 'true' });
      expect(task.status).toBe('finished');
    }
    expect(await service.values(`select count(*)::int from "${table}"`)).toEqual([rows]);
    expect(await service.values(`select count(*)::int from "${table}" where "${column}" is null`)).toEqual([0]);
  });

  it.each([
    ['EnrollmentInformation', 'ProposalID', 'enrollment-data', 37, 'Cell B3 must be a date in the format MM-DD-YYYY or MM/DD/YYYY)'],
    ['StudySites', 'siteId', 'study-sites', 138, 'Cell E3 must be a natural number'],
  ])('that are no longer right are refused by %s cell by cell', async (table, column, template, count, first) => {
    const messages = await service.refusal(`/table/${table}/column/${column}`, file(`mock-data_${template}.csv`), { comments: 'true' });
    expect(messages).toHaveLength(count);
    expect((messages as string[])[0]).toBe(first);
  });
});
