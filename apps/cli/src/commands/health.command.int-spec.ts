import { ApiServer } from '../../e2e/api-server';
import { tributary } from '../../e2e/tributary';

const aHealth = (workers: string, database = 'healthy') => ({
  status: workers === 'healthy' && database === 'healthy' ? 'healthy' : 'degraded',
  timestamp: '2026-03-01T10:11:12.123000',
  version: '0.1.0',
  services: { api: 'healthy', database, workers },
});

describe('tributary health', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it('shows every service and exits with 0 when all are healthy', async () => {
    server.on('GET /health', { body: aHealth('healthy') });
    const outcome = await tributary(server, 'health');
    expect(outcome).toEqual({ exitCode: 0, stdout: '✓ api: healthy\n✓ database: healthy\n✓ workers: healthy\n', stderr: '' });
  });

  it('exits with 1 when one is not', async () => {
    server.on('GET /health', { body: aHealth('unhealthy') });
    const { exitCode, stdout } = await tributary(server, 'health');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✗ workers: unhealthy\n');
  });

  it('shows the services when the API answers 503', async () => {
    server.on('GET /health', { status: 503, body: aHealth('healthy', 'unhealthy') });
    const { exitCode, stdout, stderr } = await tributary(server, 'health');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toContain('✗ database: unhealthy\n');
  });

  it('takes a 503 of a proxy for what it is', async () => {
    server.on('GET /health', { status: 503, body: '<h1>down</h1>' });
    const { exitCode, stderr } = await tributary(server, 'health');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('answered 503 Service Unavailable.');
  });

  it('prints the answer alone with --json', async () => {
    server.on('GET /health', { body: aHealth('unhealthy') });
    const { exitCode, stdout } = await tributary(server, 'health --json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual(aHealth('unhealthy'));
  });
});
