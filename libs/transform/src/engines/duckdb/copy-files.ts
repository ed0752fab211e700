import { createReadStream } from 'node:fs';
import type { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { InputFile } from '../../plan';

const READ_BYTES = 512 * 1024;
const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** Passes the bytes of staged CSV files on, each without its header: staged CSV is what `COPY … (FORMAT csv)` reads. */
export async function copyFiles(files: readonly InputFile[], bytes: PassThrough, signal: AbortSignal): Promise<void> {
  await pipeline(() => withoutHeaders(files), bytes, { signal });
}

async function* withoutHeaders(files: readonly InputFile[]): AsyncGenerator<Buffer> {
  for (const { path } of files) {
    let isQuoted = false;
    let isHeader = true;
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
      if (!isHeader) {
        yield chunk;
        continue;
      }
      const end = chunk.findIndex((byte) => {
        if (byte === QUOTE) isQuoted = !isQuoted;
        return byte === NEWLINE && !isQuoted;
      });
      if (end < 0) continue;
      isHeader = false;
      yield chunk.subarray(end + 1);
    }
  }
}
