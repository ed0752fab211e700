import { ApiServer } from '../../e2e/api-server';
import { RUN_ID, TASK_ID } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

const ANSWER = { runId: RUN_ID, taskId: TASK_ID };

describe('tributary cancel', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
    server.on(`POST /runs/${RUN_ID}/cancel`, { status: 202, body: ANSWER });
  });
  afterAll(() => server.close());

  it('asks a run to stop', async () => {
    const { exitCode, stdout } = await tributary(server, `cancel ${RUN_ID}`);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`Run ${RUN_ID} was asked to stop.\nUse 'tributary status ${RUN_ID}' to see when it has.\n`);
  });

  it('prints the answer alone with --json', async () => {
    const { stdout } = await tributary(server, `cancel ${RUN_ID} --json`);
    expect(JSON.parse(stdout)).toEqual(ANSWER);
  });

  it('keeps an id with odd characters in its place of the address', async () => {
    const { exitCode } = await tributary(server, 'cancel ../task?x');
    expect(exitCode).toBe(1);
    expect(server.requests.at(-1)?.route).toBe('POST /runs/..%2Ftask%3Fx/cancel');
  });
});
