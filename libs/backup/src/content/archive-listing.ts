import { text } from 'node:stream/consumers';
import { startProgram, type RunningProgram } from '../postgres/program';
import type { ToolSet } from '../postgres/client-tools';

/**
 * What `pg_restore --list` says of an archive, from bytes that pass by on their way elsewhere. It reads no more than the
 * table of contents at the beginning; what is offered after that is ignored.
 */
export class ArchiveListing {
  private readonly program: RunningProgram;
  private readonly output: Promise<string>;

  constructor(tools: ToolSet, signal: AbortSignal) {
    this.program = startProgram(`${tools.folder}/pg_restore`, ['--list'], {}, signal);
    this.output = text(this.program.stdout);
    this.output.catch(() => undefined); // awaited at the end only
  }

  /** Resolves when the next bytes can be offered, to whether they are needed. */
  async offer(chunk: Uint8Array): Promise<boolean> {
    const { stdin } = this.program;
    if (!stdin.writable || stdin.write(chunk)) return stdin.writable;
    await new Promise<void>((resolve) => {
      const proceed = (): void => {
        stdin.off('drain', proceed).off('close', proceed);
        resolve();
      };
      stdin.once('drain', proceed).once('close', proceed);
    });
    return stdin.writable;
  }

  /** All bytes were offered. @throws {ProgramFailedError} when they are no archive */
  async read(): Promise<string> {
    this.program.stdin.end();
    await this.program.ended;
    return this.output;
  }
}

/** Major version of the server that was dumped; null where the listing does not say. */
export function dumpedMajor(listing: string): number | null {
  const [, major] = /^;\s+Dumped from database version: (\d+)/m.exec(listing) ?? [];
  return major === undefined ? null : Number(major);
}

/**
 * Entries that are never restored: `public` and the rights on it stay as the database has them, and a comment on an
 * extension takes rights that its user may lack.
 */
const NOT_RESTORED = /^\d+; \d+ \d+ (?:SCHEMA - public|(?:COMMENT|ACL|SECURITY LABEL) - SCHEMA public|COMMENT - EXTENSION) /;

/** The listing as `--use-list` takes it, without the entries that are never restored. */
export const restorableEntries = (listing: string): string =>
  listing
    .split('\n')
    .filter((line) => !NOT_RESTORED.test(line))
    .join('\n');
