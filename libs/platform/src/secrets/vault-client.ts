import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Secret } from './secret';
import { SecretNotFoundError, VaultUnavailableError } from './secret-error';

const DEFAULT_CACHE_MS = 5 * 60 * 1000;
const DEFAULT_ATTEMPTS = 10;
const DEFAULT_RETRY_DELAY_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CACHED_PATHS = 200;
/** A login is renewed when a tenth of its life is left. */
const LOGIN_USABLE_SHARE = 0.9;
const MS_PER_SECOND = 1000;

const PATH = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

const values = z.record(z.string(), z.unknown());
const kvAnswer = {
  1: z.object({ data: values }).transform(({ data }) => data),
  2: z.object({ data: z.object({ data: values }) }).transform(({ data }) => data.data),
};
const loginAnswer = z.object({ auth: z.object({ client_token: z.string(), lease_duration: z.number() }) });

export type VaultLogin = { readonly token: Secret } | { readonly roleId: string; readonly secretId: Secret };

export interface VaultSettings {
  /** For example `https://vault.example:8200`. The only server that is ever asked: redirects are refused. */
  readonly address: string;
  readonly login: VaultLogin;
  /** Where the key-value engine is mounted; `secret` by default. */
  readonly mount?: string;
  /** Version of the key-value engine; 2 by default. */
  readonly version?: 1 | 2;
  /** Folder below which all paths lie; none by default. */
  readonly folder?: string;
  readonly namespace?: string;
  /** How long a path's values are used before they are asked for again; 5 minutes by default. */
  readonly cacheMs?: number;
  /** Tries while Vault is away or sealed; 10 by default, 5 seconds apart. */
  readonly attempts?: number;
  readonly retryDelayMs?: number;
}

interface Cached<T> {
  readonly value: Promise<T>;
  readonly until: number;
}

/** Reads Vault's key-value engine over HTTP, waiting for a Vault that is still starting or sealed. */
export class VaultClient {
  private readonly paths = new Map<string, Cached<Record<string, unknown>>>();
  private token: { readonly value: Secret; readonly until: number } | null = null;

  constructor(private readonly settings: VaultSettings) {}

  /** @throws {SecretNotFoundError} when there is no such path or key, or the token may not read it. @throws {VaultUnavailableError} */
  async read(path: string, key: string): Promise<Secret> {
    const reference = `vault:${path}#${key}`;
    if (!PATH.test(path)) throw new SecretNotFoundError(reference, 'the path holds more than letters, digits, "_", "-", "." and "/"');
    const value = (await this.cached(path))[key];
    if (typeof value === 'string' && value !== '') return new Secret(value);
    if (typeof value === 'number' || typeof value === 'boolean') return new Secret(String(value));
    throw new SecretNotFoundError(reference, value === undefined ? 'the path has no such key' : 'its value is not a text');
  }

  /** One request per path, however many ask at the same time; a failure is not remembered. */
  private cached(path: string): Promise<Record<string, unknown>> {
    const known = this.paths.get(path);
    if (known && known.until > Date.now()) return known.value;
    const value = this.fetchPath(path);
    this.paths.delete(path);
    this.paths.set(path, { value, until: Date.now() + (this.settings.cacheMs ?? DEFAULT_CACHE_MS) });
    const [oldest] = this.paths.keys();
    if (oldest !== undefined && this.paths.size > MAX_CACHED_PATHS) this.paths.delete(oldest);
    void value.catch(() => this.paths.delete(path));
    return value;
  }

  private async fetchPath(path: string): Promise<Record<string, unknown>> {
    const { mount = 'secret', version = 2, folder } = this.settings;
    const place = [mount, ...(version === 2 ? ['data'] : []), ...(folder ? [folder] : []), path].join('/');
    let answer = await this.request(place, { token: await this.currentToken() });
    if (answer.status === 403 && 'roleId' in this.settings.login) {
      this.token = null;
      answer = await this.request(place, { token: await this.currentToken() });
    }
    if (answer.status === 404) throw new SecretNotFoundError(`vault:${path}`, 'there is no such path');
    if (answer.status === 403) throw new SecretNotFoundError(`vault:${path}`, 'Vault refused the token; check its policy and age');
    return this.parsed(kvAnswer[version], answer);
  }

  private async currentToken(): Promise<Secret> {
    const { login } = this.settings;
    if ('token' in login) return login.token;
    if (this.token && this.token.until > Date.now()) return this.token.value;
    const answer = await this.request('auth/approle/login', { body: { role_id: login.roleId, secret_id: login.secretId.reveal() } });
    if (answer.status !== 200) throw new SecretNotFoundError('vault: AppRole login', 'Vault refused the role or its secret id');
    const { auth } = await this.parsed(loginAnswer, answer);
    // A lease of 0 never ends.
    const lifeMs = auth.lease_duration > 0 ? auth.lease_duration * MS_PER_SECOND * LOGIN_USABLE_SHARE : Infinity;
    this.token = { value: new Secret(auth.client_token), until: Date.now() + lifeMs };
    return this.token.value;
  }

  private async request(place: string, { token, body }: { token?: Secret; body?: object }): Promise<Response> {
    const { address, namespace, attempts = DEFAULT_ATTEMPTS, retryDelayMs = DEFAULT_RETRY_DELAY_MS } = this.settings;
    const url = `${address.replace(/\/+$/, '')}/v1/${place}`;
    const headers = {
      'X-Vault-Request': 'true',
      ...(token && { 'X-Vault-Token': token.reveal() }),
      ...(namespace && { 'X-Vault-Namespace': namespace }),
    };
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send(url, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
      if (answer instanceof Response) return answer;
      if (attempt >= attempts) throw answer;
      await delay(retryDelayMs);
    }
  }

  /** An answer, or why another try is worth it. */
  private async send(url: string, init: RequestInit): Promise<Response | VaultUnavailableError> {
    let answer: Response;
    try {
      answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    } catch (error) {
      return new VaultUnavailableError('did not answer', error);
    }
    if (answer.status >= 300 && answer.status < 400) throw new VaultUnavailableError('answered with a redirect, which is never followed');
    if (answer.status >= 500 || answer.status === 429) return new VaultUnavailableError(`answered ${answer.status}`);
    return answer;
  }

  private async parsed<T>(schema: z.ZodType<T>, answer: Response): Promise<T> {
    const body: unknown = await answer.json().catch(() => null);
    const result = schema.safeParse(body);
    if (!result.success) throw new VaultUnavailableError(`answered ${answer.status} with an unexpected body`);
    return result.data;
  }
}
