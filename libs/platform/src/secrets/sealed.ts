import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { DatabaseConnection } from '../database/connection';
import { Secret } from './secret';
import { SecretNotFoundError } from './secret-error';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** As NIST SP 800-38D has it for GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX = 'sealed:';
const HKDF_INFO = 'tributary sealed secrets v1';

/**
 * Encrypts secrets that callers send, so that they can be stored beside the work that needs them: a sealed text is a
 * reference like any other and `SecretResolver` opens it. The same secret gives the same text, so that a request that is
 * sent again is known; the text shows nothing else.
 */
export class SealedSecrets {
  constructor(private readonly key: Buffer) {
    if (key.length !== KEY_BYTES) throw new RangeError(`A sealing key has ${KEY_BYTES} bytes.`);
  }

  /** `sealed:<base64url>`. */
  seal(secret: string): string {
    // Made of the secret itself: no nonce is ever used for two different secrets.
    const nonce = createHmac('sha256', this.key).update(secret).digest().subarray(0, NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce);
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** What stands behind `sealed:`, opened. @throws {SecretNotFoundError} when it was sealed with another key, or changed */
  open(place: string): Secret {
    const bytes = Buffer.from(place, 'base64url');
    try {
      const decipher = createDecipheriv(CIPHER, this.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      return new Secret(text.toString('utf8'));
    } catch (error) {
      throw new SecretNotFoundError(`${PREFIX}…`, 'it was sealed with another SECRETS_KEY; send it again', error);
    }
  }
}

/**
 * The key of a deployment that sets no `SECRETS_KEY`: derived from how the control database is entered, so that every
 * process has the same one. It is as strong as that password, and a changed password makes what was sealed unreadable.
 */
export function deriveSealingKey({ user, password, database }: DatabaseConnection): Buffer {
  const material = [user, password?.reveal() ?? '', database].join('\0');
  return Buffer.from(hkdfSync('sha256', material, '', HKDF_INFO, KEY_BYTES));
}

/** 32 bytes as 64 hexadecimal digits or in Base64; null for anything else. */
export function parseSealingKey(text: string): Buffer | null {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : null;
}
