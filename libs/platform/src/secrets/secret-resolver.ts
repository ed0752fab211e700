import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { SealedSecrets } from './sealed';
import { Secret } from './secret';
import { SecretNotFoundError } from './secret-error';
import type { VaultClient } from './vault-client';

/** A secret is one line; a longer file is a mistake and not read. */
const MAX_SECRET_FILE_BYTES = 64 * 1024;

const REFERENCE = /^(env|file|vault|sealed):([\s\S]+)$/;

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Null where no Vault is configured. */
  readonly vault: VaultClient | null;
  /** Left out where nothing is ever sealed. */
  readonly sealed?: SealedSecrets;
}

/**
 * Turns the text of a setting into its secret: `env:NAME`, `file:/absolute/path` (first line), `vault:path#key`,
 * `sealed:…` (what {@link SealedSecrets} made), or the secret itself. Resolve late, just before use: files and Vault may change while the process runs.
 */
export class SecretResolver {
  constructor(private readonly sources: SecretSources) {}

  /** @throws {SecretNotFoundError} when the reference leads nowhere. @throws {VaultUnavailableError} */
  async resolve(text: string): Promise<Secret> {
    const [, scheme, place] = REFERENCE.exec(text) ?? [];
    if (place === undefined) return new Secret(text);
    switch (scheme) {
      case 'env':
        return this.fromEnvironment(place);
      case 'file':
        return fromFile(place);
      case 'sealed':
        return this.unsealed(place);
      default:
        return this.fromVault(place);
    }
  }

  private fromEnvironment(name: string): Secret {
    const value = this.sources.env[name];
    if (value === undefined || value === '') throw new SecretNotFoundError(`env:${name}`, 'the variable is not set');
    return new Secret(value);
  }

  private unsealed(place: string): Secret {
    if (!this.sources.sealed) throw new SecretNotFoundError('sealed:…', 'this process seals nothing');
    return this.sources.sealed.open(place);
  }

  private async fromVault(place: string): Promise<Secret> {
    const reference = `vault:${place}`;
    const hash = place.lastIndexOf('#');
    if (hash <= 0 || hash === place.length - 1) throw new SecretNotFoundError(reference, 'expected vault:path#key');
    if (!this.sources.vault) throw new SecretNotFoundError(reference, 'VAULT_ADDR is not set');
    return this.sources.vault.read(place.slice(0, hash), place.slice(hash + 1));
  }
}

async function fromFile(path: string): Promise<Secret> {
  const reference = `file:${path}`;
  if (!isAbsolute(path)) throw new SecretNotFoundError(reference, 'the path is not absolute');
  const text = await readStart(path).catch((error: unknown) => {
    throw new SecretNotFoundError(reference, 'the file cannot be read', error);
  });
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new SecretNotFoundError(reference, 'its first line is empty');
  return new Secret(line);
}

async function readStart(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > MAX_SECRET_FILE_BYTES) throw new RangeError('The file is too long for a secret.');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
