import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from '../../system-error';

const run = promisify(execFile);

const MKFIFO_ATTEMPTS = 10;
const MKFIFO_RETRY_MS = 200;

/**
 * A named pipe whose read end cannot hang: we hold a write end of our own from the start until `finish`, so the reader sees the end
 * exactly when the producer is done and `finish` was called, even if the producer never opened the pipe.
 */
export class NamedPipe {
  private constructor(
    readonly path: string,
    readonly output: Readable,
    private readonly ownEnd: number,
  ) {}

  static async create(path: string): Promise<NamedPipe> {
    await makeFifo(path);
    // Opening a pipe without blocking returns at once. The socket owns the first descriptor from here on.
    const output = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
    return new NamedPipe(path, output, openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  }

  /** Ends the output after what was written so far, and removes the pipe from the folder. Call once. */
  async finish(): Promise<void> {
    closeSync(this.ownEnd);
    await rm(this.path, { force: true });
  }
}

/** Starting a process beside a busy engine can fail for want of memory that is there again a moment later. */
async function makeFifo(path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run('mkfifo', ['-m', '600', path]);
      return;
    } catch (error) {
      if (attempt === MKFIFO_ATTEMPTS || systemErrorCode(error) !== 'ENOMEM') throw error;
      await delay(MKFIFO_RETRY_MS);
    }
  }
}
