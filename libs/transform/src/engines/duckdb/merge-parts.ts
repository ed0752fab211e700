import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { InputFile } from '../../plan';

/**
 * From this many neighbouring files on they are read as one. The engine keeps a description of every column for every file of a scan
 * until it ends: 10 000 files of 150 columns take 250 MB, and three times as long to read as one file with the same lines.
 */
const MANY_FILES = 100;

const NEWLINE = 0x0a;

/** Joins long runs of line-by-line JSON files to one file each, in `directory`; the order of all lines stays. */
export async function mergeParts(files: readonly InputFile[], directory: string, name: string, signal: AbortSignal): Promise<InputFile[]> {
  const merged: InputFile[] = [];
  for (const run of runs(files)) {
    if (run.length < MANY_FILES) {
      merged.push(...run);
      continue;
    }
    const path = join(directory, `${name}-${merged.length}.ndjson`);
    await pipeline(() => lines(run), createWriteStream(path), { signal });
    merged.push({ path, format: 'ndjson', columns: [...new Set(run.flatMap(({ columns }) => columns))] });
  }
  return merged;
}

/** Neighbours in JSON together, every other file alone. */
function runs(files: readonly InputFile[]): InputFile[][] {
  const result: InputFile[][] = [];
  for (const file of files) {
    const last = result.at(-1);
    if (file.format === 'ndjson' && last?.[0]?.format === 'ndjson') last.push(file);
    else result.push([file]);
  }
  return result;
}

async function* lines(files: readonly InputFile[]): AsyncGenerator<Buffer> {
  for (const { path } of files) {
    let last = NEWLINE;
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      last = chunk.at(-1) ?? last;
      yield chunk;
    }
    if (last !== NEWLINE) yield Buffer.of(NEWLINE);
  }
}
