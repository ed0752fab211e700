import { ApiServer } from '../../e2e/api-server';
import { aFailedRun, aRun, aRunAtWork, aTask, RUN_ID, TASK_ID } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

describe('tributary status', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it('shows a run with its stages and tables', async () => {
    server.on(`GET /runs/${RUN_ID}`, { body: aRun() });
    const { exitCode, stdout, stderr } = await tributary(server, `status ${RUN_ID}`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Run ID:   ${RUN_ID}\nTask ID:  ${TASK_ID}\nPipeline: redcap, version 3\nStatus:   ✓ succeeded\n`);
    expect(stdout).toContain('visit  1,200        10        5      1,190');
  });

  it('shows how far a run at work is', async () => {
    server.on(`GET /runs/${RUN_ID}`, { body: aRunAtWork() });
    const { exitCode, stdout } = await tributary(server, `status ${RUN_ID}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Status:   ⏳ running\n');
    expect(stdout).toContain('Progress: 450 of 1,000, transform visit\n');
  });

  it('exits with 1 for a failed run', async () => {
    server.on(`GET /runs/${RUN_ID}`, { body: aFailedRun() });
    const { exitCode, stdout } = await tributary(server, `status ${RUN_ID}`);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/\n✗ redcap failed: REDCap did not answer\.\n$/);
  });

  it('takes the id of a task', async () => {
    server.on(`GET /task/${TASK_ID}`, { body: aTask({ status: 'failed', result: 'The mapping is wrong.' }) });
    const { exitCode, stdout } = await tributary(server, `status ${TASK_ID}`);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Status:      failed\n');
    expect(stdout).toContain('Result:      The mapping is wrong.\n');
    expect(stdout).toContain('Ended:       -\n');
  });

  it.each([
    ['run', `GET /runs/${RUN_ID}`, aRun({ report: { unknownFields: ['dose_2'] } })],
    ['task', `GET /task/${RUN_ID}`, aTask()],
  ])('prints the answer about a %s alone with --json', async (_kind, route, body) => {
    server.on(route, { body });
    const { exitCode, stdout } = await tributary(server, `status ${RUN_ID} --json`);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(body);
  });

  it('says so when neither a run nor a task has the id', async () => {
    const { exitCode, stdout, stderr } = await tributary(server, `status ${RUN_ID}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe(`✗ No run and no task has the id ${RUN_ID}; 'tributary runs' lists the runs.\n`);
  });

  it('does not look for a task after another refusal', async () => {
    server.on(`GET /runs/${RUN_ID}`, { status: 403, body: { detail: 'This needs the role viewer.' } });
    const { stderr } = await tributary(server, `status ${RUN_ID}`);
    expect(stderr).toBe('✗ This needs the role viewer.\n');
    expect(server.requests).toHaveLength(1);
  });
});
