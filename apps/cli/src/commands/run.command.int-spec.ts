import { ApiServer } from '../../e2e/api-server';
import { aFailedRun, aRun, aRunAtWork, aStage, RUN_ID, TASK_ID } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

const STARTED = { runId: RUN_ID, taskId: TASK_ID };
const RUN_ROUTE = `GET /runs/${RUN_ID}`;
const IDS = `Run ID:  ${RUN_ID}\nTask ID: ${TASK_ID}\n`;

describe('tributary run', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(() => {
    server.reset();
    server.on('POST /runs', { status: 202, body: STARTED });
  });
  afterAll(() => server.close());

  it('starts a run and tells how to follow it', async () => {
    const outcome = await tributary(server, 'run redcap');
    expect(outcome).toEqual({ exitCode: 0, stdout: `${IDS}\nUse 'tributary status ${RUN_ID}' to follow it.\n`, stderr: '' });
    expect(server.requests[0]?.body).toEqual({ pipeline: 'redcap', parameters: {}, full: false, dryRun: false });
    expect(server.requests[0]?.headers['idempotency-key']).toBeUndefined();
  });

  it('sends what the flags say', async () => {
    await tributary(server, 'run redcap --full --dry-run --allow-shrink --idempotency-key monday-1');
    expect(server.requests[0]?.body).toEqual({ pipeline: 'redcap', parameters: { allowShrink: true }, full: true, dryRun: true });
    expect(server.requests[0]?.headers['idempotency-key']).toBe('monday-1');
  });

  it('prints the answer alone with --json', async () => {
    const { stdout, stderr } = await tributary(server, 'run redcap --json');
    expect(JSON.parse(stdout)).toEqual(STARTED);
    expect(stderr).toBe('');
  });

  it('shows what a refused start was refused for', async () => {
    server.on('POST /runs', { status: 404, body: { detail: 'Pipeline other not found', code: 'definition-not-found' } });
    expect(await tributary(server, 'run other --wait')).toEqual({ exitCode: 1, stdout: '', stderr: '✗ Pipeline other not found\n' });
  });

  describe('with --wait', () => {
    it('stays until the run has succeeded and shows what it did', async () => {
      server.on(RUN_ROUTE, { body: aRunAtWork() }, { body: aRun() });
      const { exitCode, stdout, stderr } = await tributary(server, 'run redcap --wait');
      expect(exitCode).toBe(0);
      expect(stdout).toBe(`${IDS}
Stage    Status      Rows    Duration
extract  succeeded  1,200       1.2 s
publish  succeeded     15  1 min 05 s

Table   Rows  Inserted  Deleted  Unchanged
visit  1,200        10        5      1,190

Issues: 0

✓ redcap succeeded in 2.5 s
`);
      expect(stderr).toContain('… transform: 450 of 1,000, visit\n');
      expect(stderr).toContain('✓ publish: 15 rows in 1 min 05 s\n');
    });

    it('exits with 1 when the run fails, and says why', async () => {
      server.on(RUN_ROUTE, { body: aFailedRun() });
      const { exitCode, stdout } = await tributary(server, 'run redcap --wait');
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/\n✗ redcap failed: REDCap did not answer\.\n$/);
    });

    it('exits with 1 when the run is cancelled by someone', async () => {
      server.on(RUN_ROUTE, { body: aFailedRun({ status: 'cancelled', error: null }) });
      const { exitCode, stdout } = await tributary(server, 'run redcap --wait');
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/\n✗ redcap was cancelled\n$/);
    });

    it('prints the ended run alone on stdout with --json', async () => {
      const run = aFailedRun({ report: { unknownFields: ['dose_2'] } });
      server.on(RUN_ROUTE, { body: run });
      const { exitCode, stdout, stderr } = await tributary(server, 'run redcap --wait --json');
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toEqual(run);
      expect(stderr).toContain(IDS);
      expect(stderr).toContain('✗ redcap failed: REDCap did not answer.');
    });

    it('draws bars on a terminal', async () => {
      server.on(RUN_ROUTE, { body: aRunAtWork() }, { body: aRun({ stages: [aStage()] }) });
      const { stderr } = await tributary(server, 'run redcap --wait', { isTTY: true });
      expect(stderr).toContain('█');
      expect(stderr).toContain('✓ extract: 1,200 rows in 1.2 s');
    });

    it('outlives an API that is away for a moment', async () => {
      server.on(RUN_ROUTE, { body: aRunAtWork() }, 'broken connection', { status: 503, body: 'restarting' }, { body: aRun() });
      const { exitCode, stdout } = await tributary(server, 'run redcap --wait');
      expect(exitCode).toBe(0);
      expect(stdout).toContain('✓ redcap succeeded');
    });

    it('does not ask again after a refusal', async () => {
      server.on(RUN_ROUTE, { status: 403, body: { detail: 'This needs the role viewer.' } });
      const { exitCode, stderr } = await tributary(server, 'run redcap --wait');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/\n✗ This needs the role viewer\.\n$/);
      expect(server.requests.filter(({ route }) => route === RUN_ROUTE)).toHaveLength(1);
    });

    it('gives up when the time is up', async () => {
      server.on(RUN_ROUTE, { body: aRunAtWork() });
      const { exitCode, stderr } = await tributary(server, 'run redcap --wait --timeout 1');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/\n✗ The run did not end within 1 s\. It goes on\.\n$/);
    });

    it('exits with 130 when interrupted, and says that the run goes on', async () => {
      const interruption = new AbortController();
      server.on(RUN_ROUTE, () => {
        interruption.abort();
        return { body: aRunAtWork() };
      });
      const { exitCode, stderr } = await tributary(server, 'run redcap --wait', { interrupt: interruption.signal });
      expect(exitCode).toBe(130);
      expect(stderr).toMatch(new RegExp(`\\n\\nInterrupted by user\\nRun ${RUN_ID} goes on\\. To stop it: tributary cancel ${RUN_ID}\\n$`));
    });
  });
});
