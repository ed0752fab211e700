import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflateRaw } from 'node:zlib';
import { AppError } from '@app/platform';
import { DropRefusedError } from '../drop.errors';
import type { Expansion } from './expansion';

const CHUNK_BYTES = 256 * 1024;

/** @throws {DropRefusedError} NOT_AN_ARCHIVE for what is damaged, cut off or followed by something else */
export function gunzip(bytes: AsyncIterable<Buffer>, expansion: Expansion): AsyncGenerator<Buffer> {
  return unpacked(bytes, createGunzip({ chunkSize: CHUNK_BYTES }), expansion);
}

/** As {@link gunzip}, for the bare stream within an archive that has its own checks. */
export function inflate(bytes: AsyncIterable<Buffer>, expansion: Expansion): AsyncGenerator<Buffer> {
  return unpacked(bytes, createInflateRaw({ chunkSize: CHUNK_BYTES }), expansion);
}

async function* unpacked(
  bytes: AsyncIterable<Buffer>,
  unzip: ReturnType<typeof createGunzip>,
  expansion: Expansion,
): AsyncGenerator<Buffer> {
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
    if (error instanceof AppError) throw error;
    throw new DropRefusedError('NOT_AN_ARCHIVE', 'its compressed stream is damaged or cut off');
  } finally {
    unzip.destroy();
    await feeding;
  }
  if (unzip.bytesWritten !== givenBytes) throw new DropRefusedError('NOT_AN_ARCHIVE', 'something follows its compressed stream');
}
