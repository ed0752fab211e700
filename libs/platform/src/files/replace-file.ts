import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../errors/app-error';

/** Small texts gather into writes of about this many characters. */
const WRITE_CHARS = 256 * 1024;

/** A file could not be written: no such folder, no permission, no space. */
export class FileNotWrittenError extends AppError {
  readonly code = 'input-invalid';

  constructor(path: string, cause: unknown) {
    super(`File ${path} cannot be written; check its folder, its permissions and the space on the disk.`, { path }, { cause });
  }
}

/**
 * Writes a file under a temporary name beside its place and renames it when it is complete, so that no reader ever finds half
 * of it. When the content fails or the signal aborts, an earlier file of that name stays as it was.
 *
 * @throws {FileNotWrittenError}, the signal's reason, and whatever the content throws
 */
export async function replaceFile(path: string, content: Iterable<string> | AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const refused = (cause: unknown): never => {
    throw new FileNotWrittenError(path, cause);
  };
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const file = await open(temporary, 'wx').catch(refused);
  try {
    for await (const text of inWrites(content)) {
      signal.throwIfAborted();
      await file.appendFile(text).catch(refused);
    }
    signal.throwIfAborted();
    await file.sync().catch(refused);
    await file.close().catch(refused);
    await rename(temporary, path).catch(refused);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

async function* inWrites(content: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let pending = '';
  for await (const text of content) {
    pending += text;
    if (pending.length < WRITE_CHARS) continue;
    yield pending;
    pending = '';
  }
  yield pending;
}
