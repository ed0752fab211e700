import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableService } from '../../e2e/table-service';

const RULES = `
dictionary: dictionary.json
tables:
  Enrollment:
    fromDictionary: { status: enrollment_status }
    rules:
      - { rule: range, column: enrolled, min: 0, max: 500 }
      - { rule: range, id: many, severity: warning, column: enrolled, max: 100, message: '{place} is unusually many' }
      - { rule: reference, column: siteId, references: { table: Sites, column: siteId } }
`;
const DICTIONARY = [{ field_name: 'enrollment_status', field_type: 'dropdown', select_choices_or_calculations: '1, Open | 2, Closed' }];

describe('Validation of uploads (postgres, redis)', () => {
  let service: TableService;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rules-'));
    await writeFile(join(folder, 'rules.yaml'), RULES);
    await writeFile(join(folder, 'dictionary.json'), JSON.stringify(DICTIONARY));
    service = await TableService.start({ VALIDATION_RULES_PATH: join(folder, 'rules.yaml'), VALIDATION_MAX_FINDINGS: '3' });
    await service.sql(`
      create table "Sites" ("siteId" bigint, "ctsaId" bigint, "siteName" varchar);
      insert into "Sites" ("siteId") values (1), (2);
      create table "Enrollment" ("siteId" bigint, enrolled bigint, status varchar, "startedOn" date)`);
  });
  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  });

  const validate = async (table: string, data: string): Promise<unknown> => (await service.upload(`/table/${table}/validate`, data)).json();
  const rows = (): Promise<unknown[]> => service.values('select enrolled::int from "Enrollment"');

  it('refuses duplicate, doubly given and undefined headers in the words that clients know (V1, V2, V3)', async () => {
    expect(await service.refusal('/table/Sites', 'siteId,siteName,siteId,siteId\n')).toEqual([
      "Duplicate header(s) in upload ['siteId', 'siteId']",
    ]);
    expect(await service.refusal('/table/Sites', 'siteId\n', { json: '{"siteId":"1"}' })).toEqual([
      "Duplicate header(s) in input ['siteId']",
    ]);
    expect(await service.refusal('/table/Sites', 'siteID,hub\n')).toEqual([
      'Undefined header siteID. Did you mean siteId?',
      'Undefined header hub',
    ]);
  });

  it('refuses an empty key of a column update, and takes the same rows without one (V15)', async () => {
    expect(await service.refusal('/table/Sites/column/siteId', 'siteId,siteName\n,x\n')).toEqual(['Cell A3 must have a value']);
    expect((await service.upload('/table/Sites', 'siteId,siteName\n,x\n')).status).toBe(200);
  });

  it('keeps the warnings of an upload that was taken where its task leads to', async () => {
    const answer = await service.upload('/table/Enrollment', `siteId,enrolled\n1,7\n${'2,101\n'.repeat(4)}`);
    const taskId = (await answer.json()) as string;
    const task = (await (await service.fetch(`/task/${taskId}`)).json()) as { description: string };
    expect(task.description).toBe(`append rows of table Enrollment; 4 warnings, see GET /uploads/${taskId}`);
    const warning = { rule: 'many', severity: 'warning', column: 'enrolled' };
    expect(await (await service.fetch(`/uploads/${taskId}`)).json()).toEqual({
      ...{ taskId, table: 'Enrollment', rows: 5, warnings: 4, truncated: true },
      findings: [4, 5, 6].map((row) => ({ ...warning, row, coordinates: `B${row}`, message: `Cell B${row} is unusually many` })),
    });
    expect(await service.ended(taskId)).toMatchObject({ status: 'finished', result: 'None' });
    await service.sql('truncate "Enrollment"');
  });

  it.each(['7c9e6679-7425-40de-944b-e07fc1f90ae7', 'unknown'])('knows no upload with the task %s', async (id) => {
    const answer = await service.fetch(`/uploads/${id}`);
    expect([answer.status, await answer.json()]).toEqual([404, { code: 'task-not-found', detail: `No upload has the task ${id}` }]);
  });

  it('lists as many errors as it may, and says how many more there are', async () => {
    const messages = await service.refusal('/table/Sites', `siteId\n${'x\n'.repeat(5)}`);
    expect(messages).toEqual([3, 4, 5].map((row) => `Cell A${row} must be a natural number`).concat('… and 2 more'));
  });

  it('answers every finding with rule, severity, place and words, never the value, and writes nothing', async () => {
    expect(await validate('Enrollment', 'siteId,enrolled,startedOn\n1,250,1/2/2020\n9,501,secret\n')).toEqual({
      valid: false,
      errors: 3,
      warnings: 2,
      truncated: false,
      findings: [
        { rule: 'many', severity: 'warning', coordinates: 'B3', row: 3, column: 'enrolled', message: 'Cell B3 is unusually many' },
        { rule: 'reference', severity: 'error', coordinates: 'A4', row: 4, column: 'siteId', message: 'Cell A4 must be a siteId of Sites' },
        { rule: 'range', severity: 'error', coordinates: 'B4', row: 4, column: 'enrolled', message: 'Cell B4 must lie between 0 and 500' },
        { rule: 'many', severity: 'warning', coordinates: 'B4', row: 4, column: 'enrolled', message: 'Cell B4 is unusually many' },
        {
          rule: 'date',
          severity: 'error',
          coordinates: 'C4',
          row: 4,
          column: 'startedOn',
          message: 'Cell C4 must be a date in the format MM-DD-YYYY or MM/DD/YYYY)',
        },
      ],
    });
    expect([await rows(), await service.filesIn('spool')]).toEqual([[], []]);
  });

  it('holds uploads to the limits of the data dictionary and of the table, and stores what only draws warnings', async () => {
    expect(await service.refusal('/table/Enrollment', 'siteId,enrolled,status\n3,-1,3\n')).toEqual([
      'Cell A3 must be a siteId of Sites',
      'Cell B3 must lie between 0 and 500',
      'Cell C3 must be one of 1, 2',
    ]);
    expect(await service.load('/table/Enrollment', 'siteId,enrolled,status\n2,499,1\n')).toMatchObject({ status: 'finished' });
    expect(await rows()).toEqual([499]);
  });

  it('answers 404 for an unknown table, and 400 for a file that cannot be read, as arrays of texts', async () => {
    const answer = await service.upload('/table/nothing/validate', 'a\n');
    expect([answer.status, await answer.json()]).toEqual([404, ['There is no table nothing']]);
    expect(await service.refusal('/table/Sites/validate', '')).toEqual(['The file has no header']);
  });

  it('takes a template with a comment, Windows line ends, surplus and missing cells, and a blank sample row', async () => {
    const data = 'Site ID,Hub,Name\r\nsiteId,ctsaId,siteName\r\n,,,\r\n7,3,"Harbor, East",\r\n8\r\n,,\r\n';
    await service.sql('truncate "Sites"');
    await service.load('/table/Sites/column/siteId', data, { comments: 'true' });
    expect(await service.values('select "siteId"::int, "ctsaId"::int, "siteName" from "Sites"')).toEqual([[7, 3, 'Harbor, East'], [8, null, null]]); // prettier-ignore
  });
});
