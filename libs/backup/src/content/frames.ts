import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { BackupUnusableError } from '../backup.errors';
import { peek } from './peek';

/** Content bytes of a frame; each is authenticated on its own, so that little is held before it can be trusted. */
const FRAME_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const KEY_ID_BYTES = 8;
const MAGIC = Buffer.from('TRIBENC1', 'latin1');
const HEADER_BYTES = MAGIC.length + KEY_ID_BYTES + SALT_BYTES;
const CIPHER = 'aes-256-gcm';

/** How many first bytes tell whether content is encrypted. */
export const MAGIC_BYTES = MAGIC.length;
export const isEncrypted = (head: Uint8Array): boolean => MAGIC.equals(head.subarray(0, MAGIC.length));

/**
 * Encrypts in frames: a header (magic, id of the key, salt), then frames of AES-256-GCM under a key of this file's own. A
 * frame's nonce is its number and whether it is the last one, and the header is authenticated with each: a frame that was
 * altered, moved, repeated or left out, and an end that is missing, all fail to open.
 */
export async function* encrypted(content: AsyncIterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const header = Buffer.concat([MAGIC, keyId(key), salt]);
  const fileKey = derived(key, salt, 'tributary backup content', KEY_BYTES);
  yield header;
  let ordinal = 0;
  for await (const { bytes, isLast } of pieces(content, FRAME_BYTES)) {
    const cipher = createCipheriv(CIPHER, fileKey, nonce(ordinal, isLast)).setAAD(header);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    ordinal += 1;
  }
}

/** Yields nothing that is not authentic; an authentic beginning may precede the error. @throws {BackupUnusableError} */
export async function* decrypted(content: AsyncIterable<Uint8Array>, key: Buffer, name: string): AsyncGenerator<Buffer> {
  const { head: header, rest } = await peek(content, HEADER_BYTES, 'remove');
  if (header.length < HEADER_BYTES) throw new BackupUnusableError(name, 'it was cut short');
  if (!keyId(key).equals(header.subarray(MAGIC.length, MAGIC.length + KEY_ID_BYTES))) {
    throw new BackupUnusableError(name, 'it was encrypted with another key than BACKUP_ENCRYPTION_KEY now gives');
  }
  const fileKey = derived(key, header.subarray(-SALT_BYTES), 'tributary backup content', KEY_BYTES);
  let ordinal = 0;
  for await (const { bytes, isLast } of pieces(rest, FRAME_BYTES + TAG_BYTES)) {
    yield openFrame(bytes, fileKey, nonce(ordinal, isLast), header, name);
    ordinal += 1;
  }
}

function openFrame(frame: Buffer, fileKey: Buffer, frameNonce: Buffer, header: Buffer, name: string): Buffer {
  try {
    const decipher = createDecipheriv(CIPHER, fileKey, frameNonce, { authTagLength: TAG_BYTES }).setAAD(header);
    decipher.setAuthTag(frame.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(frame.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new BackupUnusableError(name, 'it was altered or cut short since it was made', cause);
  }
}

/** Cuts into pieces of this many bytes; the last is what remains, may be shorter or empty, and always comes. */
async function* pieces(content: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of content) {
    pending.push(chunk);
    pendingBytes += chunk.byteLength;
    // A full piece is held back until more is seen: it may be the last.
    if (pendingBytes <= sizeBytes) continue;
    let bytes = Buffer.concat(pending);
    for (; bytes.length > sizeBytes; bytes = bytes.subarray(sizeBytes)) yield { bytes: bytes.subarray(0, sizeBytes), isLast: false };
    pending = [bytes];
    pendingBytes = bytes.length;
  }
  yield { bytes: Buffer.concat(pending), isLast: true };
}

function nonce(ordinal: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUInt32BE(ordinal, NONCE_BYTES - 5);
  bytes.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1);
  return bytes;
}

/** Tells a wrong key from damaged content, and says nothing about the key. */
const keyId = (key: Buffer): Buffer => derived(key, Buffer.alloc(0), 'tributary backup key id', KEY_ID_BYTES);

const derived = (key: Buffer, salt: Buffer, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, purpose, bytes));
