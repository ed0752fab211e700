import type { Writable } from 'node:stream';
import { scrub } from '@app/platform';

/** Where one invocation of the command line writes, and how it is interrupted. */
export interface Streams {
  readonly stdout: Writable;
  /** Progress bars are drawn when `isTTY` is set. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Aborted by Ctrl-C. */
  readonly interrupt: AbortSignal;
}

const JSON_INDENT = 2;

/** The user's side of one invocation: results on standard output, everything else on standard error. */
export class Terminal {
  /** What the process exits with; a command that finishes its work and finds a failure sets 1. */
  exitCode = 0;
  /** Standard output then holds the API's answer as JSON, and nothing else. */
  json = false;

  constructor(readonly streams: Streams) {}

  /** Prints a result: the answer as JSON, or the lines made of it. */
  show(answer: unknown, lines: () => readonly string[]): void {
    write(this.streams.stdout, this.json ? [JSON.stringify(answer, null, JSON_INDENT)] : lines());
  }

  /** Prints what comes before a result. */
  say(lines: readonly string[]): void {
    write(this.json ? this.streams.stderr : this.streams.stdout, lines);
  }

  note(...lines: readonly string[]): void {
    write(
      this.streams.stderr,
      lines.map((line) => scrub(line)),
    );
  }
}

const write = (stream: Writable, lines: readonly string[]): void => {
  stream.write(lines.map((line) => `${line}\n`).join(''));
};
