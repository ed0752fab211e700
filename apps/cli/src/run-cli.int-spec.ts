import { ApiServer } from '../e2e/api-server';
import { aDefinition } from '../e2e/answer-builders';
import { KEY, tributary } from '../e2e/tributary';

describe('runCli', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  describe('usage', () => {
    it('prints the help on stdout and exits with 1 without a sub-command', async () => {
      const { exitCode, stdout, stderr } = await tributary(server, '');
      expect(exitCode).toBe(1);
      expect(stdout).toContain('Usage: tributary');
      expect(stderr).toBe('');
    });

    it.each(['--help', 'help', 'run --help', 'help run'])('exits with 0 after `%s`', async (line) => {
      const { exitCode, stdout, stderr } = await tributary(server, line);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('Usage: tributary');
      expect(stderr).toBe('');
    });

    it('prints the version', async () => {
      expect(await tributary(server, '--version')).toEqual({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
    });

    it.each([
      ['bogus', "unknown command 'bogus'"],
      ['run', "missing required argument 'pipeline'"],
      ['run redcap --fulll', "unknown option '--fulll'"],
      ['status a b', 'too many arguments'],
      ['run redcap --timeout soon', 'expected a whole number'],
      ['run redcap --timeout', 'argument missing'],
      ['runs --status done', 'Expected one of queued, running, succeeded, failed, cancelled'],
      ['runs --limit 0', 'expected at least 1'],
      ['runs --limit 501', 'expected at most 500'],
      ['run redcap --idempotency-key ü', 'Expected 1 to 255 visible ASCII characters'],
      ['health --api-url ftp://files', 'expected an http or https address'],
      ['health --api-url http://me:word@host', 'expected no user name or password'],
    ])('exits with 2 and shows the usage on stderr after `%s`', async (line, reason) => {
      const { exitCode, stdout, stderr } = await tributary(server, line);
      expect(exitCode).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain(reason);
      expect(stderr).toContain('Usage: tributary');
      expect(server.requests).toEqual([]);
    });
  });

  describe('settings', () => {
    beforeEach(() => server.on('GET /definitions', { body: [] }));

    it('sends the key of the environment', async () => {
      await tributary(server, 'definitions');
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    });

    it('prefers the flags to the environment', async () => {
      const { exitCode } = await tributary({ url: 'http://127.0.0.1:9' }, `definitions --api-url ${server.url}/ --api-key another-key`);
      expect(exitCode).toBe(0);
      expect(server.requests[0]?.headers.authorization).toBe('Bearer another-key');
    });

    it('asks the local port by default, without a key', async () => {
      const { port } = new URL(server.url);
      const { exitCode } = await tributary({ url: '' }, 'definitions', { env: { PORT: port, TRIBUTARY_API_KEY: '' } });
      expect(exitCode).toBe(0);
      expect(server.requests[0]?.headers.authorization).toBeUndefined();
    });

    it('names a bad variable and not its value', async () => {
      const { exitCode, stderr } = await tributary({ url: 'definitely no address' }, 'definitions');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('TRIBUTARY_API_URL: expected an http or https address');
      expect(stderr).not.toContain('definitely');
    });

    it('refuses a key that no header can carry', async () => {
      const { exitCode, stderr } = await tributary(server, 'definitions', { env: { TRIBUTARY_API_KEY: 'broken\nkey' } });
      expect(exitCode).toBe(1);
      expect(stderr).toBe('✗ The API key holds a character that no key can hold; check TRIBUTARY_API_KEY or --api-key.\n');
    });
  });

  describe('refusals', () => {
    it.each([
      [401, 'Send a valid API key.', '✗ Send a valid API key.\n  Set TRIBUTARY_API_KEY, or use --api-key.\n'],
      [403, 'This needs the role operator.', '✗ This needs the role operator.\n'],
      [404, 'Pipeline redcap not found', '✗ Pipeline redcap not found\n'],
      [409, 'Run r is running.', '✗ Run r is running.\n'],
    ])('shows the detail of a %i', async (status, detail, text) => {
      server.on('GET /definitions', { status, body: { detail, code: 'some-code' } });
      expect(await tributary(server, 'definitions')).toEqual({ exitCode: 1, stdout: '', stderr: text });
    });

    it('lists every fault of a 422', async () => {
      const detail = [
        { type: 'isString', loc: ['body', 'pipeline'], msg: 'pipeline must be a string' },
        { type: 'isBoolean', loc: ['body', 'full'], msg: 'full must be a boolean value' },
      ];
      server.on('GET /definitions', { status: 422, body: { detail, code: 'request-invalid' } });
      const { exitCode, stderr } = await tributary(server, 'definitions');
      expect(exitCode).toBe(1);
      expect(stderr).toBe(
        '✗ The API refused the request:\n  body.pipeline: pipeline must be a string\n  body.full: full must be a boolean value\n',
      );
    });

    it('shows the status of a refusal that is not the API’s', async () => {
      server.on('GET /definitions', { status: 502, body: '<h1>proxy</h1>' });
      const { exitCode, stderr } = await tributary(server, 'definitions');
      expect(exitCode).toBe(1);
      expect(stderr).toBe(`✗ The API at ${server.url} answered 502 Bad Gateway.\n`);
    });

    it('does not follow a redirection with the key', async () => {
      server.on('GET /definitions', { status: 302, headers: { location: '/elsewhere' }, body: {} });
      const { exitCode, stderr } = await tributary(server, 'definitions');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('answered 302 Found');
      expect(server.requests).toHaveLength(1);
    });

    it('says so when an answer is not understood', async () => {
      server.on('GET /definitions', { body: [{ ...aDefinition(), version: 'three' }] });
      const { exitCode, stderr } = await tributary(server, 'definitions');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        `The API at ${server.url} gave an answer to /definitions that this version does not understand (0.version: `,
      );
    });

    it('hides the key where an answer repeats it', async () => {
      server.on('GET /definitions', { status: 403, body: { detail: `${KEY} may not do this.` } });
      const { stderr } = await tributary(server, 'definitions');
      expect(stderr).toBe('✗ [redacted] may not do this.\n');
    });
  });

  it('says how to reach an API that does not answer', async () => {
    const gone = await ApiServer.start();
    const { url } = gone;
    await gone.close();
    expect(await tributary({ url }, 'health')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `✗ The API at ${url} does not answer; start it or set TRIBUTARY_API_URL.\n`,
    });
  });

  it('exits with 130 when a request is interrupted', async () => {
    const interruption = new AbortController();
    server.on('GET /health', () => {
      interruption.abort();
      return 'broken connection';
    });
    const outcome = await tributary(server, 'health', { interrupt: interruption.signal });
    expect(outcome).toEqual({ exitCode: 130, stdout: '', stderr: '\nInterrupted by user\n' });
  });
});
