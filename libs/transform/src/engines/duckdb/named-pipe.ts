import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A named pipe whose read end cannot hang: we hold a write end of our own from the start until `finish`, so the reader sees the end
 * exactly when the producer is done and `finish` was called, even if the producer never opened the pipe.
 */
export class NamedPipe {
  private constructor(
    readonly path: string,
    readonly output: Readable,
    private readonly finishWriting: () => Promise<void>,
  ) {}

  static async create(path: string): Promise<NamedPipe> {
    await run('mkfifo', ['-m', '600', path]);
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const keeper = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const output = new Socket({ fd: reader.fd, readable: true, writable: false });
    return new NamedPipe(path, output, () => keeper.close());
  }

  /** Ends the output after what was written so far, and removes the pipe from the folder. */
  async finish(): Promise<void> {
    await this.finishWriting();
    await rm(this.path, { force: true });
  }
}
