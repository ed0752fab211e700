import { createReadStream } from 'node:fs';
import type { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import type { CopyText } from '@app/platform';
import type { InputFile } from '../../plan';
import { copyText } from './copy-text';
import { holdsJust, type VerbatimFiles } from './row-source';

const READ_BYTES = 512 * 1024;
const NEWLINE = 0x0a;
const QUOTE = 0x22;

type Files = Iterable<InputFile> | AsyncIterable<InputFile>;

/** Passes the bytes of staged files on, CSV without its header: what is staged is what `COPY` reads. */
export async function copyFiles(files: Files, bytes: PassThrough, signal: AbortSignal): Promise<void> {
  await pipeline(() => withoutHeaders(files), bytes, { signal });
}

/** The same for the files of a relation that are still being made. @throws when one of them is not as the relation has them */
export function copyArriving({ relation, format }: VerbatimFiles, files: AsyncIterable<InputFile>, signal: AbortSignal): CopyText {
  return copyText(format, (bytes) => copyFiles(checked({ relation, format }, files), bytes, signal));
}

async function* checked({ relation, format }: VerbatimFiles, files: AsyncIterable<InputFile>): AsyncGenerator<InputFile> {
  for await (const file of files) {
    const isAlike = file.format === format && holdsJust(relation, file) && isDeepStrictEqual(file.facts, relation.origin?.facts);
    if (!isAlike) throw new Error(`A file of ${relation.name} is not as the others are.`);
    yield file;
  }
}

async function* withoutHeaders(files: Files): AsyncGenerator<Buffer> {
  for await (const { path, format } of files) {
    let isQuoted = false;
    let isHeader = format === 'csv';
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
