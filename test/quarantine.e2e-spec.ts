import { createHash, randomUUID } from 'node:crypto';
import { eventually } from '@app/testing';
import { ApiClient, type RunView } from './api-client';
import { BEFORE, DICTIONARY, idOf } from './harbor-study';
import { obstruct } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';

const ADMIN_KEY = 'e2e-bootstrap-key-0123456789';
const VIEWER_KEY = 'e2e-viewer-key-0123456789';
const TABLE = 'ProposalDetails';
/** Records of the study with a goal that the rule refuses. */
const BAD_IDS = ['3', '7', '11'];
const BAD_GOAL = '-54321';
const RECORDS = 40;
const study = BEFORE.filter((row) => Number(idOf(row)) <= RECORDS).map((row) =>
  BAD_IDS.includes(idOf(row)) && !row.redcap_repeat_instrument ? { ...row, enrollment_goal: BAD_GOAL } : row,
);

interface QuarantinedRow {
  readonly id: string;
  readonly runId: string;
  readonly rule: string;
  readonly message: string;
  readonly pointer: { readonly part: string; readonly line: number; readonly column: string };
  readonly state: string;
  readonly row: Readonly<Record<string, string | null>> | null;
}
interface Page {
  readonly total: number;
  readonly rows: readonly QuarantinedRow[];
}

describe('a pipeline that sets refused rows aside', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let admin: ApiClient;
  let viewer: ApiClient;

  const put = async (onError: string, min: number): Promise<void> => {
    const rules = { [TABLE]: { rules: [{ rule: 'range', id: 'goal', column: 'enrollmentGoal', min }] } };
    const document = { name: 'harbor', source: { kind: 'redcap' }, transform: { kind: 'mapping' }, validate: { onError, rules } };
    expect((await admin.send('PUT', '/definitions/harbor', document)).status).toBe(200);
  };
  const run = (): Promise<RunView> => admin.runToItsEnd({ pipeline: 'harbor' });
  const quarantine = (query = ''): Promise<Page> => admin.get<Page>(`/quarantine?definition=harbor${query}`);
  const goals = async (): Promise<Record<string, number>> => {
    const { rows } = await platform.pool.query<{ id: string; goal: number }>(
      `select "ProposalID"::text as id, "enrollmentGoal"::int as goal from "${TABLE}" where "ProposalID" = any ($1) order by 1`,
      [BAD_IDS],
    );
    return Object.fromEntries(rows.map(({ id, goal }) => [id, goal]));
  };
  const replay = async (path: string, body: object = {}): Promise<unknown> => {
    const answer = await admin.send<{ taskId: string }>('POST', `/quarantine${path}`, body);
    expect(answer.status).toBe(202);
    const { status, result } = await admin.ended(answer.body.taskId);
    return status === 'finished' ? JSON.parse(result) : result;
  };
  const rowOf = (page: Page, id: string): QuarantinedRow => page.rows.find(({ row }) => row?.ProposalID === id)!;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(study, DICTIONARY);
    platform = await PlatformUnderTest.create({
      env: { ...redcap.env, FILTER_PATH: '', BLOCK_PATH: '', AUTH_MODE: 'api-key', BOOTSTRAP_ADMIN_KEY: ADMIN_KEY },
    });
    const { url } = await platform.startApi();
    await platform.startWorker();
    admin = new ApiClient(url, { authorization: `Bearer ${ADMIN_KEY}` });
    viewer = new ApiClient(url, { authorization: `Bearer ${VIEWER_KEY}` });
    const hash = createHash('sha256').update(VIEWER_KEY).digest('hex');
    await platform.pool.query(`insert into tributary.api_key (id, name, role, key_sha256) values ($1, 'viewer', 'viewer', $2)`, [
      randomUUID(),
      hash,
    ]);
  });
  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  it('fails before anything is loaded when it rejects instead', async () => {
    await put('reject', 0);
    const failed = await run();
    expect(failed).toMatchObject({ status: 'failed', tables: null, error: { code: 'validation-failed' } });
    expect(failed.error?.message).toMatch(/ProposalDetails: Column enrollmentGoal of row \d+ must be 0 or more \(3 rows in all\)/);
    expect(failed.stages.map(({ name, status }) => [name, status])).toEqual([['extract', 'succeeded'], ['transform', 'succeeded'], ['validate', 'failed']]); // prettier-ignore
    expect((await quarantine()).total).toBe(0);
  });

  it('loads the others, once its worker was killed while it set rows aside', async () => {
    await put('quarantine', 0);
    const obstacle = await obstruct(platform.pool, 'lock table tributary.quarantine in share mode');
    const { runId, taskId } = await admin.startRun({ pipeline: 'harbor' });
    await obstacle.reached();
    await platform.endWorkers('SIGKILL');
    await obstacle.remove();
    await platform.startWorker();
    expect(await admin.ended(taskId)).toMatchObject({ status: 'finished' });
    const finished = await admin.run(runId);
    const table = finished.tables?.find((change) => change.table === TABLE);
    expect([table?.rows, await goals()]).toEqual([RECORDS - BAD_IDS.length, {}]);
    const { issues } = await admin.get<{ issues: object[] }>(`/runs/${runId}`);
    expect(issues).toContainEqual(expect.objectContaining({ rule: 'goal', table: TABLE, column: 'enrollmentGoal', count: 3, severity: 'warning' })); // prettier-ignore
    const page = await quarantine('&state=waiting');
    expect([page.total, page.rows.map(({ row }) => row?.ProposalID).sort()]).toEqual([3, ['11', '3', '7']]);
    expect(rowOf(page, '7')).toMatchObject({ runId, rule: 'goal', state: 'waiting', pointer: { part: expect.stringMatching(/^table-/), column: 'enrollmentGoal' }, row: { enrollmentGoal: BAD_GOAL } }); // prettier-ignore
  });

  it('shows values to operators only, and lets nobody else replay', async () => {
    const page = await viewer.get<Page>('/quarantine');
    expect(page.rows.map(({ row, rule }) => [row, rule])).toEqual([[null, 'goal'], [null, 'goal'], [null, 'goal']]); // prettier-ignore
    expect(JSON.stringify(page)).not.toContain(BAD_GOAL);
    expect((await viewer.get<QuarantinedRow>(`/quarantine/${page.rows[0]!.id}`)).row).toBeNull();
    expect((await viewer.send('POST', `/quarantine/${page.rows[0]!.id}/replay`, {})).status).toBe(403);
    expect((await viewer.send('POST', '/quarantine/replay', { definition: 'harbor' })).status).toBe(403);
    expect((await new ApiClient(admin.url).send('GET', '/quarantine')).status).toBe(401);
  });

  it('replays a row with mended values once', async () => {
    const { id } = rowOf(await quarantine(), '3');
    expect(await admin.send('POST', `/quarantine/${id}/replay`, { values: { enrollmentGoal: 'many', gaol: 1 } })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'values', 'enrollmentGoal'] }, { loc: ['body', 'values', 'gaol'] }] },
    });
    expect(await replay(`/${id}/replay`)).toEqual({ replayed: 0, refused: 1 });
    expect(await replay(`/${id}/replay`, { values: { enrollmentGoal: 120 } })).toEqual({ replayed: 1, refused: 0 });
    expect(await goals()).toEqual({ 3: 120 });
    expect(await admin.send('POST', `/quarantine/${id}/replay`, {})).toMatchObject({
      status: 409,
      body: { code: 'quarantine-not-waiting' },
    });
    expect(await admin.send('POST', `/quarantine/${randomUUID()}/replay`, {})).toMatchObject({ status: 404 });
  });

  it('replays all that wait once the rules have changed', async () => {
    expect(await replay('/replay', { definition: 'harbor' })).toEqual({ replayed: 0, refused: 2 });
    await put('quarantine', -60_000);
    expect(await replay('/replay', { definition: 'harbor' })).toEqual({ replayed: 2, refused: 0 });
    expect(await goals()).toEqual({ 3: 120, 7: Number(BAD_GOAL), 11: Number(BAD_GOAL) });
    expect((await quarantine('&state=replayed')).total).toBe(3);
    expect(await admin.send('POST', '/quarantine/replay', { definition: 'nowhere' })).toMatchObject({ status: 404 });
  });

  it('decides about every row anew with the next run', async () => {
    await put('quarantine', 0);
    const next = await run();
    expect([next.status, await goals()]).toEqual(['succeeded', {}]);
    const page = await quarantine();
    expect([page.total, page.rows.filter(({ state }) => state === 'waiting').map(({ runId }) => runId)]).toEqual([6, Array(3).fill(next.runId)]); // prettier-ignore
    const last = await run();
    expect((await quarantine('&state=superseded')).rows.map(({ runId }) => runId)).toEqual(Array(3).fill(next.runId));
    expect((await quarantine('&state=waiting')).rows.map(({ runId }) => runId)).toEqual(Array(3).fill(last.runId));
    const [{ id } = { id: '' }] = (await quarantine('&state=superseded')).rows;
    expect(await admin.send('POST', `/quarantine/${id}/replay`, {})).toMatchObject({ status: 409 });
  });

  it('never writes a value to the log', async () => {
    await eventually('the log has the end of the last run', () => platform.output.includes('stage finished'));
    expect(platform.output).not.toContain(BAD_GOAL);
  });
});
