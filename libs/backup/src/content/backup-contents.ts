import type { Hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BackupUnusableError } from '../backup.errors';
import { BackupStorage } from '../storage/backup-storage';
import { EncryptionKeys } from './encryption-key';
import { decrypted, encrypted, isEncrypted, MAGIC_BYTES } from './frames';
import { peek } from './peek';

export interface OpenedContent {
  readonly isEncrypted: boolean;
  /** As PostgreSQL's programs read it. Read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Lets go of the stored bytes, however much of them was read. */
  close(): void;
}

/** What is in a backup: opened whatever way it is stored, and sealed as the settings ask. */
@Injectable()
export class BackupContents {
  constructor(
    private readonly storage: BackupStorage,
    private readonly keys: EncryptionKeys,
  ) {}

  /**
   * Close it afterwards. `hash` is given the bytes as they are stored, as far as they are read.
   * @throws {BackupUnusableError} here or while it is read, when it cannot be decrypted
   */
  async open(name: string, signal: AbortSignal, hash?: Hash): Promise<OpenedContent> {
    const stored = await this.storage.open(name, signal);
    const close = (): void => void stored.destroy();
    try {
      const { head, rest } = await peek(hash ? hashed(stored, hash) : stored, MAGIC_BYTES, 'keep');
      const wasEncrypted = isEncrypted(head);
      const bytes = wasEncrypted ? decrypted(rest, await this.keyFor(name), name) : rest;
      return { isEncrypted: wasEncrypted, bytes, close };
    } catch (error) {
      close();
      throw error;
    }
  }

  /** What encrypts new content; null where no key is configured. */
  async sealing(): Promise<((content: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | null> {
    const key = await this.keys.find();
    return key && ((content) => encrypted(content, key));
  }

  private async keyFor(name: string): Promise<Buffer> {
    const key = await this.keys.find();
    if (key === null) throw new BackupUnusableError(name, 'it is encrypted and BACKUP_ENCRYPTION_KEY is not set');
    return key;
  }
}

async function* hashed(content: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}
