import { ApiServer } from '../../e2e/api-server';
import { aTask, TASK_ID } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

const NONE = { job_ids: [], expired_job_ids: [] };
const TASKS = { queued: [], started: { ...NONE, job_ids: [TASK_ID] }, finished: NONE, failed: NONE, deferred: NONE };

describe('tributary tasks', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
    server.on('GET /task', { body: TASKS }).on(`GET /task/${TASK_ID}`, { body: aTask() });
  });
  afterAll(() => server.close());

  it('lists ids by state', async () => {
    const outcome = await tributary(server, 'tasks');
    expect(outcome).toEqual({ exitCode: 0, stdout: `queued: 0\nstarted: 1\n  ${TASK_ID}\nfinished: 0\nfailed: 0\n`, stderr: '' });
  });

  it('shows one task', async () => {
    const { exitCode, stdout } = await tributary(server, `tasks ${TASK_ID}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Task:        reload.entrypoint\n');
    expect(stdout).toContain('Status:      finished\n');
  });

  it('prints the answer alone with --json', async () => {
    const { stdout } = await tributary(server, 'tasks --json');
    expect(JSON.parse(stdout)).toEqual(TASKS);
  });
});
