import type { SecretResolver } from '@app/platform';
import { EncryptionKeyError } from '../backup.errors';

const KEY_BYTES = 32;
const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** The key that BACKUP_ENCRYPTION_KEY names, looked up at every use: files and Vault may change while the process runs. */
export class EncryptionKeys {
  constructor(
    private readonly setting: string | null,
    private readonly secrets: SecretResolver,
  ) {}

  /** Null when backups are not encrypted. @throws {EncryptionKeyError} when it is not 32 bytes */
  async find(): Promise<Buffer | null> {
    if (this.setting === null) return null;
    const text = (await this.secrets.resolve(this.setting)).reveal().trim();
    if (HEX.test(text)) return Buffer.from(text, 'hex');
    const bytes = BASE64.test(text) ? Buffer.from(text, 'base64') : null;
    if (bytes?.length !== KEY_BYTES) throw new EncryptionKeyError();
    return bytes;
  }
}
