import { ApiServer } from '../../e2e/api-server';
import { aDefinition } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

describe('tributary definitions', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it('lists the pipelines', async () => {
    server.on('GET /definitions', { body: [aDefinition(), aDefinition({ name: 'labs', version: 12, description: null })] });
    const { exitCode, stdout } = await tributary(server, 'definitions');
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Name    Version  Source  Description\nredcap        3  redcap  The REDCap project\nlabs         12  redcap\n');
  });

  it('says so when there is none', async () => {
    server.on('GET /definitions', { body: [] });
    expect((await tributary(server, 'definitions')).stdout).toBe('No pipelines found\n');
  });

  it('shows one with its document', async () => {
    const definition = aDefinition();
    server.on('GET /definitions/redcap', { body: definition });
    const { exitCode, stdout } = await tributary(server, 'definitions redcap');
    const [fields, document = ''] = stdout.split('\n\n');
    expect(exitCode).toBe(0);
    expect(fields).toBe('Name:    redcap\nVersion: 3\nStored:  2026-03-01 10:00:00 UTC by built-in');
    expect(JSON.parse(document)).toEqual(definition.definition);
  });

  it.each([
    ['definitions', '', [aDefinition()]],
    ['definitions', '/redcap', aDefinition()],
  ])('prints the answer of `/%s%s` alone with --json', async (command, suffix, body) => {
    server.on(`GET /${command}${suffix}`, { body });
    const { stdout } = await tributary(server, `${command} ${suffix.slice(1)} --json`);
    expect(JSON.parse(stdout)).toEqual(body);
  });
});
