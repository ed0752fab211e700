import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AppError, SecretResolver } from '@app/platform';
import { canonicalJson } from './canonical-json';
import { manifestConfig } from './manifest.config';
import type { RunManifest } from './run-manifest';

export interface ManifestSignature {
  readonly algorithm: 'Ed25519';
  /** Hex SHA-256 of the public key. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER, base64. */
  readonly publicKey: string;
  /** Of the manifest's canonical JSON; base64. */
  readonly value: string;
}

/** A manifest as it is kept; the signature is that of everything beside it. */
export type SignedManifest = RunManifest & {
  /** Null where no key is configured. */
  readonly signature: ManifestSignature | null;
};

export class SigningKeyInvalidError extends AppError {
  readonly code = 'config-invalid';
  constructor() {
    super(
      'MANIFEST_SIGNING_KEY leads to no Ed25519 private key: expected PEM, or base64 of PKCS #8 DER as ' +
        '`openssl genpkey -algorithm ed25519 -outform DER | base64 -w0` prints it.',
    );
  }
}

/** Signs manifests, so that one that was changed afterwards is known from one that was not. */
@Injectable()
export class ManifestSigner {
  constructor(
    @Inject(manifestConfig.KEY) private readonly config: ConfigType<typeof manifestConfig>,
    private readonly secrets: SecretResolver,
  ) {}

  /** Null where none is configured. @throws {SigningKeyInvalidError | SecretNotFoundError} */
  async key(): Promise<KeyObject | null> {
    const { signingKey } = this.config;
    return signingKey === undefined ? null : toPrivateKey((await this.secrets.resolve(signingKey)).reveal());
  }

  /** @throws {SigningKeyInvalidError | SecretNotFoundError} */
  async sign(manifest: RunManifest): Promise<ManifestSignature | null> {
    const key = await this.key();
    if (!key) return null;
    const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
    return {
      algorithm: 'Ed25519',
      keyId: createHash('sha256').update(publicKey).digest('hex'),
      publicKey: publicKey.toString('base64'),
      value: sign(null, Buffer.from(canonicalJson(manifest)), key).toString('base64'),
    };
  }
}

function toPrivateKey(text: string): KeyObject {
  try {
    const key = text.includes('-----BEGIN')
      ? createPrivateKey(text)
      : createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Says nothing of the key.
  }
  throw new SigningKeyInvalidError();
}
