import { ApiServer } from '../../e2e/api-server';
import { aRun, RUN_ID, TASK_ID } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

const RESUME_ROUTE = `POST /runs/${RUN_ID}/resume`;
const STARTED = { status: 202, body: { runId: RUN_ID, taskId: TASK_ID } };

describe('tributary resume', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it('takes a run up again and tells how to follow it', async () => {
    server.on(RESUME_ROUTE, STARTED);
    const { exitCode, stdout } = await tributary(server, `resume ${RUN_ID}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Use 'tributary status ${RUN_ID}' to follow it.`);
  });

  it('waits for the end with --wait', async () => {
    server.on(RESUME_ROUTE, STARTED).on(`GET /runs/${RUN_ID}`, { body: aRun() });
    const { exitCode, stdout } = await tributary(server, `resume ${RUN_ID} --wait --timeout 5`);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\n✓ redcap succeeded in 2\.5 s\n$/);
  });

  it('shows why a run cannot be resumed', async () => {
    server.on(RESUME_ROUTE, { status: 409, body: { detail: 'Only a failed run can be resumed.', code: 'run-not-resumable' } });
    expect(await tributary(server, `resume ${RUN_ID}`)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: '✗ Only a failed run can be resumed.\n',
    });
  });
});
