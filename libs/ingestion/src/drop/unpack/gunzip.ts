import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DropRefusedError } from '../drop.errors';
import type { Expansion } from './expansion';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

export const isGzip = (head: Buffer): boolean => head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);

/** @throws {DropRefusedError} NOT_AN_ARCHIVE for what is damaged, cut off or followed by something else */
export async function* gunzip(bytes: AsyncIterable<Buffer>, expansion: Expansion): AsyncGenerator<Buffer> {
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  let givenBytes = 0;
  const failures: unknown[] = [];
  async function* given(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of bytes) {
        givenBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      failures.push(error);
      throw error;
    }
  }
  const feeding = pipeline(given, unzip).catch(() => undefined); // whoever reads the output meets the failure
  try {
    for await (const chunk of unzip as AsyncIterable<Buffer>) {
      expansion.gaveOut(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (failures.length > 0) throw failures[0];
    if (error instanceof DropRefusedError) throw error;
    throw new DropRefusedError('NOT_AN_ARCHIVE', 'its gzip stream is damaged or cut off');
  } finally {
    unzip.destroy();
    await feeding;
  }
  if (unzip.bytesWritten !== givenBytes) throw new DropRefusedError('NOT_AN_ARCHIVE', 'something follows its gzip stream');
}
