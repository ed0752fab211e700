import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TextDecoder } from 'node:util';
import { UploadRefusedError } from '../upload.errors';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** No upload is worked on for longer; what is older was left by a process that was killed. */
const LEFTOVER_AFTER_MS = 24 * 3_600_000;

/** An uploaded file on its way, kept where only this user can read it. Whoever received it removes it. */
export class SpooledFile {
  private constructor(
    readonly path: string,
    /** Whether its bytes are valid UTF-8. */
    readonly isUtf8: boolean,
  ) {}

  /** Writes a body to a file of its own. @throws {UploadRefusedError} for bytes that are no text */
  static async receive(body: Readable, directory: string): Promise<SpooledFile> {
    await mkdir(directory, { recursive: true, mode: FOLDER_MODE });
    const path = join(directory, randomUUID());
    const text = new TextInspector();
    // Opened before anything can fail, so that no file appears after it was removed.
    const file = await open(path, 'wx', FILE_MODE);
    try {
      await pipeline(body, (chunks) => text.inspect(chunks as AsyncIterable<Buffer>), file.createWriteStream());
      if (text.hasNul) throw new UploadRefusedError(['The file holds NUL characters, so it is not text in UTF-8 or windows-1252']);
      return new SpooledFile(path, text.isUtf8);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  /** Removes files whose process was killed before it could. */
  static async sweep(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true, mode: FOLDER_MODE });
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      const found = await stat(path).catch(() => null); // another process may have swept it
      if (found && Date.now() - found.mtimeMs > LEFTOVER_AFTER_MS) await rm(path, { force: true });
    }
  }
}

/** Learns about a text while it passes by. */
class TextInspector {
  isUtf8 = true;
  hasNul = false;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });

  async *inspect(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.look(chunk);
      yield chunk;
    }
    this.look(null);
  }

  private look(chunk: Buffer | null): void {
    this.hasNul ||= chunk?.includes(0) ?? false;
    if (!this.isUtf8) return;
    try {
      if (chunk) this.decoder.decode(chunk, { stream: true });
      else this.decoder.decode();
    } catch {
      this.isUtf8 = false;
    }
  }
}
