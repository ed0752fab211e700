import { randomBytes } from 'node:crypto';
import { decrypted, encrypted, isEncrypted } from './frames';

const KEY = randomBytes(32);
const HEADER_BYTES = 48;
const STORED_FRAME_BYTES = 64 * 1024 + 16;

async function* chunks(bytes: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const collect = async (content: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const found: Uint8Array[] = [];
  for await (const chunk of content) found.push(chunk);
  return Buffer.concat(found);
};

const lock = (bytes: Buffer, key = KEY): Promise<Buffer> => collect(encrypted(chunks(bytes), key));
const unlock = (bytes: Buffer, key = KEY): Promise<Buffer> => collect(decrypted(chunks(bytes, 7_777), key, 'b'));
const frame = (stored: Buffer, index: number): Buffer =>
  stored.subarray(HEADER_BYTES + index * STORED_FRAME_BYTES, HEADER_BYTES + (index + 1) * STORED_FRAME_BYTES);

describe('encrypted frames', () => {
  it.each([0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 3 * 64 * 1024])('give %i bytes back', async (length) => {
    const content = randomBytes(length);
    const stored = await lock(content);
    expect(isEncrypted(stored)).toBe(true);
    expect((await unlock(stored)).equals(content)).toBe(true);
  });

  it('hide the content, differently every time', async () => {
    const content = Buffer.from('a patient’s name '.repeat(100));
    const [first, second] = await Promise.all([lock(content), lock(content)]);
    expect(first.includes('patient')).toBe(false);
    expect(first.equals(second)).toBe(false);
  });

  it('notice every single altered byte', async () => {
    const stored = await lock(Buffer.from('twelve bytes'));
    for (let at = 0; at < stored.length; at += 1) {
      const altered = Buffer.from(stored);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      const opened = isEncrypted(altered) ? unlock(altered) : Promise.reject(new Error('cannot be used'));
      await expect(opened).rejects.toThrow('cannot be used');
    }
  });

  it.each([
    0,
    20,
    HEADER_BYTES,
    HEADER_BYTES + 5,
    HEADER_BYTES + STORED_FRAME_BYTES,
    HEADER_BYTES + 2 * STORED_FRAME_BYTES,
    HEADER_BYTES + 2 * STORED_FRAME_BYTES + 20,
  ])('notice an end after %i bytes', async (length) => {
    const stored = await lock(randomBytes(2 * 64 * 1024 + 100));
    await expect(unlock(stored.subarray(0, length))).rejects.toThrow(/altered or cut short|cut short/);
  });

  it('notice frames that changed places, came twice or are missing', async () => {
    const stored = await lock(randomBytes(3 * 64 * 1024));
    const [header, a, b, c] = [stored.subarray(0, HEADER_BYTES), frame(stored, 0), frame(stored, 1), frame(stored, 2)];
    for (const order of [
      [b, a, c],
      [a, a, b, c],
      [a, c],
      [a, b, c, c],
    ]) {
      await expect(unlock(Buffer.concat([header, ...order]))).rejects.toThrow('altered or cut short');
    }
    expect(await unlock(Buffer.concat([header, a, b, c]))).toHaveLength(3 * 64 * 1024);
  });

  it('notice frames of another file under the same key', async () => {
    const [one, other] = await Promise.all([lock(randomBytes(100)), lock(randomBytes(100))]);
    await expect(unlock(Buffer.concat([one.subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)]))).rejects.toThrow(
      'altered or cut short',
    );
  });

  it('tell another key from damage', async () => {
    await expect(unlock(await lock(randomBytes(100)), randomBytes(32))).rejects.toThrow('encrypted with another key');
  });
});
