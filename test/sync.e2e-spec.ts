import { eventually } from '@app/testing';
import type { FlatRecord } from '../samples/redcap-server/record-store';
import type { ApiClient, TaskView } from './api-client';
import { BEFORE, DICTIONARY, idOf } from './harbor-study';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';
import { expectedNames, expectedServiceSelections, expectedSubmissions, loadedRecords, reviewers } from './study-arithmetic';
import { contentOf, countOf, tableNames, versionsOf } from './warehouse-content';

const SYNC_TABLES = [
  'AssignProposal', 'Contact', 'FinalRecommendation', 'HubLeader', 'InitialConsultationDates', 'Investigator', 'PATMeeting', 'Proposal',
  'ProposalDetails', 'ProposalFunding', 'Proposal_NewServiceSelection', 'ProtocolTimelines_estimated', 'Submitter', 'name', 'reviewer_organization',
]; // prettier-ignore
const UPLOAD_TABLES = ['CTSAs', 'EnrollmentInformation', 'Sites', 'StudyProfile', 'StudySites'];
const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?$/;

describe('the REDCap sync', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let api: ApiClient;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
    platform = await PlatformUnderTest.create({ env: redcap.env });
    ({ api } = await platform.startBoth());
    await eventually(
      'the tables exist',
      async () => (await tableNames(platform.pool)).length === SYNC_TABLES.length + UPLOAD_TABLES.length,
    );
    await platform.pool.query(`insert into "Sites" ("siteId", "siteName") values (1, 'uploaded')`);
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  it('answers with the task’s id as a bare JSON string, and the task goes from queued over started to finished', async () => {
    const gate = redcap.hold(() => true);
    const answer = await api.send<string>('POST', '/sync');
    expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(UUID_4) });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const task = () => api.get<TaskView>(`/task/${answer.body}`);
    expect(['queued', 'started']).toContain((await task()).status);
    await gate.reached();
    const started = await eventually('the task is started', async () => {
      const found = await task();
      return found.status === 'started' && found;
    });
    expect(started).toMatchObject({ name: 'reload.entrypoint', ended_at: 'None', result: 'None' });
    expect(await api.get('/task')).toMatchObject({ queued: [], started: { job_ids: [answer.body], expired_job_ids: [] } });
    gate.open();
    const ended = await api.ended(answer.body);
    expect(ended).toMatchObject({ status: 'finished', name: 'reload.entrypoint', result: 'None' });
    const instants = [ended.created_at, ended.started_at, ended.ended_at];
    for (const instant of [...instants, ended.enqueued_at]) expect(instant).toMatch(INSTANT);
    expect([...instants].sort()).toEqual(instants);
  });

  it('fills every table of the mapping that the sync fills, and leaves those filled by upload alone (L9)', async () => {
    const content = await contentOf(platform.pool);
    expect(Object.keys(content).sort()).toEqual([...SYNC_TABLES, ...UPLOAD_TABLES].sort());
    expect(SYNC_TABLES.filter((table) => content[table]?.length === 0)).toEqual([]);
    expect(UPLOAD_TABLES.map((table) => content[table]?.length)).toEqual([0, 0, 1, 0, 0]);
  });

  it('writes the rows that the records say', async () => {
    const records = loadedRecords(BEFORE);
    const { rows } = await platform.pool.query<{ id: string; on: string }>(
      `select "ProposalID" as id, "dateSubmitted"::text as on from "Proposal" order by "ProposalID"`,
    );
    expect(rows.map(({ id, on }) => [id, on])).toEqual(expectedSubmissions(records));
    const selections = await platform.pool.query<{ id: string; choice: string }>(
      `select "ProposalID" as id, "serviceSelection" as choice from "Proposal_NewServiceSelection" order by "ProposalID", "serviceSelection"`,
    );
    expect(selections.rows.map(({ id, choice }) => [id, choice])).toEqual(expectedServiceSelections(records));
    const organizations = await platform.pool.query<{ who: string; whom: string }>(
      `select reviewer as who, organization as whom from reviewer_organization`,
    );
    expect(organizations.rows.map(({ who, whom }) => `${who} for ${whom}`).sort()).toEqual(reviewers(records));
    const names = await platform.pool.query<{ id: string; description: string }>(`select id, description from name`);
    expect(names.rows.map(({ id, description }) => `${id} ${description}`).sort()).toEqual(expectedNames());
  });

  it('writes nothing when nothing changed', async () => {
    const before = await versionsOf(platform.pool);
    expect((await api.sync()).status).toBe('finished');
    expect(await versionsOf(platform.pool)).toEqual(before);
    const { tables } = await api.latestRun();
    expect(tables?.map(({ table }) => table).sort()).toEqual(SYNC_TABLES);
    expect(tables?.filter(({ inserted, deleted }) => inserted + deleted > 0)).toEqual([]);
  });

  it('writes only the rows of a record that changed', async () => {
    const before = await versionsOf(platform.pool);
    const change = (row: FlatRecord): FlatRecord =>
      idOf(row) === '5' && row.short_title !== '' ? { ...row, short_title: 'A new title' } : row;
    await redcap.become(BEFORE.map(change), DICTIONARY);
    expect((await api.sync()).status).toBe('finished');
    const after = await versionsOf(platform.pool);
    expect(Object.keys(after).filter((table) => after[table]?.join() !== before[table]?.join())).toEqual(['Proposal']);
    expect(after.Proposal?.filter((row) => !before.Proposal?.includes(row))).toEqual([expect.stringContaining('(5,"A new title"')]);
    expect((await api.latestRun()).tables).toContainEqual(expect.objectContaining({ table: 'Proposal', inserted: 1, deleted: 1 }));
    expect(await countOf(platform.pool, 'Sites')).toBe(1);
  });
});
