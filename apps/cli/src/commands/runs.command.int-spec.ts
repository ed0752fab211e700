import { ApiServer } from '../../e2e/api-server';
import { aRun, aRunAtWork, RUN_ID } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

describe('tributary runs', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it('lists runs with the total', async () => {
    server.on('GET /runs?limit=20', { body: { total: 31, runs: [aRunAtWork(), aRun()] } });
    const { exitCode, stdout } = await tributary(server, 'runs');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${RUN_ID}  redcap    ⏳ running    2026-03-01 10:00:00 UTC         -\n`);
    expect(stdout).toContain(`${RUN_ID}  redcap    ✓ succeeded  2026-03-01 10:00:00 UTC     2.5 s\n`);
    expect(stdout).toMatch(/\n\n2 of 31 runs\n$/);
  });

  it('filters as the flags say', async () => {
    server.on('GET /runs?pipeline=redcap&status=failed&limit=5', { body: { total: 0, runs: [] } });
    const outcome = await tributary(server, 'runs --pipeline redcap --status failed --limit 5');
    expect(outcome).toEqual({ exitCode: 0, stdout: 'No runs found\n', stderr: '' });
  });

  it('prints the answer alone with --json', async () => {
    const page = { total: 1, runs: [aRun()] };
    server.on('GET /runs?limit=20', { body: page });
    const { stdout } = await tributary(server, 'runs --json');
    expect(JSON.parse(stdout)).toEqual(page);
  });
});
