import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Secret } from './secret';
import { SecretResolver } from './secret-resolver';
import { VaultClient, type VaultSettings } from './vault-client';

type Answer = { readonly status: number; readonly body?: object; readonly headers?: Record<string, string> };

/** A Vault that answers as told and remembers what it was asked. */
class SmallVault {
  readonly requests: string[] = [];
  answer: (request: string, token: string | undefined, body: string) => Answer = () => ({ status: 404 });
  private readonly server: Server = createServer((request, response) => void this.handle(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = `${request.method} ${request.url}`;
    this.requests.push(name);
    const { status, body = {}, headers } = this.answer(name, request.headers['x-vault-token'] as string | undefined, await text(request));
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }
}

const kv2 = (data: object): Answer => ({ status: 200, body: { data: { data } } });

describe('SecretResolver', () => {
  let vault: SmallVault;
  let address: string;
  let folder: string;
  beforeEach(async () => {
    vault = new SmallVault();
    address = await vault.start();
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  });
  afterEach(async () => {
    await vault.stop();
    await rm(folder, { recursive: true });
  });

  const resolver = (settings: Partial<VaultSettings> = {}, env: Record<string, string> = {}) =>
    new SecretResolver({
      env,
      vault: new VaultClient({ address, login: { token: new Secret('root-token') }, attempts: 3, retryDelayMs: 1, ...settings }),
    });
  const resolved = async (reference: string, settings?: Partial<VaultSettings>, env?: Record<string, string>) =>
    (await resolver(settings, env).resolve(reference)).reveal();

  it('takes any other text as the secret itself', async () => {
    expect(await resolved('environment:x')).toBe('environment:x');
  });

  it('reads variables and the first line of files', async () => {
    const path = join(folder, 'token');
    await writeFile(path, ' a b \r\nsecond\n');
    expect(await resolved('env:TOKEN', {}, { TOKEN: 'from env' })).toBe('from env');
    expect(await resolved(`file:${path}`)).toBe(' a b ');
  });

  it('names a reference that leads nowhere', async () => {
    await expect(resolved('env:MISSING')).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('env:MISSING') as string,
    });
    await expect(resolved(`file:${folder}/none`)).rejects.toThrow(/cannot be read/);
    await expect(resolved('file:relative')).rejects.toThrow(/not absolute/);
    await expect(resolved('vault:no-key')).rejects.toThrow(/vault:path#key/);
    await expect(new SecretResolver({ env: {}, vault: null }).resolve('vault:a#b')).rejects.toThrow(/VAULT_ADDR/);
  });

  it('reads version 2 below the configured folder, once for all its keys', async () => {
    vault.answer = (_request, token) => (token === 'root-token' ? kv2({ user: 'ada', port: 5432 }) : { status: 403 });
    const one = resolver({ folder: 'tributary' });
    const values = await Promise.all([one.resolve('vault:db#user'), one.resolve('vault:db#port'), one.resolve('vault:db#user')]);
    expect(values.map((value) => value.reveal())).toEqual(['ada', '5432', 'ada']);
    expect(vault.requests).toEqual(['GET /v1/secret/data/tributary/db']);
  });

  it('reads version 1', async () => {
    vault.answer = () => ({ status: 200, body: { data: { user: 'ada' } } });
    expect(await resolved('vault:db#user', { version: 1, mount: 'kv' })).toBe('ada');
    expect(vault.requests).toEqual(['GET /v1/kv/db']);
  });

  it('asks again when the cache is too old', async () => {
    let answers = 0;
    vault.answer = () => kv2({ user: `ada${(answers += 1)}` });
    const uncached = resolver({ cacheMs: 0 });
    expect((await uncached.resolve('vault:db#user')).reveal()).toBe('ada1');
    expect((await uncached.resolve('vault:db#user')).reveal()).toBe('ada2');
  });

  it('logs in by AppRole, and again when its token is refused', async () => {
    let logins = 0;
    vault.answer = (request, token, body) => {
      if (request !== 'POST /v1/auth/approle/login') return token === 'token-2' ? kv2({ user: 'ada' }) : { status: 403 };
      expect(JSON.parse(body)).toEqual({ role_id: 'role', secret_id: 'secret-id' });
      return { status: 200, body: { auth: { client_token: `token-${(logins += 1)}`, lease_duration: 60 } } };
    };
    expect(await resolved('vault:db#user', { login: { roleId: 'role', secretId: new Secret('secret-id') } })).toBe('ada');
    expect(logins).toBe(2);
  });

  it('waits for a sealed Vault, and gives up after the configured tries', async () => {
    vault.answer = () => (vault.requests.length < 3 ? { status: 503 } : kv2({ user: 'ada' }));
    expect(await resolved('vault:db#user')).toBe('ada');
    vault.answer = () => ({ status: 503 });
    await expect(resolved('vault:db#user')).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
    expect(vault.requests).toHaveLength(6);
  });

  it('treats a refused connection like a Vault that is not ready', async () => {
    await vault.stop();
    await expect(resolved('vault:db#user')).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
    address = await (vault = new SmallVault()).start();
  });

  it('does not remember a failure', async () => {
    const one = resolver();
    await expect(one.resolve('vault:db#user')).rejects.toThrow(/no such path/);
    vault.answer = () => kv2({ user: 'ada' });
    expect((await one.resolve('vault:db#user')).reveal()).toBe('ada');
  });

  it('refuses redirects, climbing paths, missing keys and refused tokens', async () => {
    vault.answer = () => ({ status: 307, headers: { location: 'http://127.0.0.1:1/' } });
    await expect(resolved('vault:db#user')).rejects.toThrow(/redirect/);
    await expect(resolved('vault:../sys/seal#x')).rejects.toThrow(/more than letters/);
    vault.answer = () => kv2({ nested: {} });
    await expect(resolved('vault:db#user')).rejects.toThrow(/no such key/);
    await expect(resolved('vault:db#nested')).rejects.toThrow(/not a text/);
    vault.answer = () => ({ status: 403 });
    await expect(resolved('vault:db#user')).rejects.toThrow(/refused the token/);
  });
});
