import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What is kept of a program's complaints; the first ones say what went wrong. */
const MAX_COMPLAINT_LENGTH = 8 * 1024;
const GATHERED_BYTES = 256 * 1024;

/** Ended badly. What it said may quote anything and is never shown as it is. */
export class ProgramFailedError extends Error {
  constructor(
    readonly program: string,
    /** Null when a signal ended it. */
    readonly exitCode: number | null,
    readonly complaint: string,
  ) {
    super(`${program} ended with ${exitCode === null ? 'a signal' : `status ${exitCode}`}`);
    this.name = 'ProgramFailedError';
  }

  /** The text behind the first `error:`, one line; empty when there is none. */
  get firstError(): string {
    return /^.*?\berror: *(.*)$/im.exec(this.complaint)?.[1] ?? '';
  }
}

/** A program that writes elsewhere. */
export interface FedProgram {
  readonly stdin: Writable;
  /** Resolves when the program ended well and everything it wrote was read. @throws {ProgramFailedError} or the signal's reason */
  readonly ended: Promise<void>;
}

export interface RunningProgram extends FedProgram {
  /** Must be read to its end or destroyed. Empty where it writes into a file. */
  readonly stdout: Readable;
}

type Environment = Readonly<Record<string, string>>;
/** Where a program writes: to us, or into a file, given as its descriptor. */
export type Output = 'pipe' | number;

/**
 * Starts a program with exactly this environment: nothing secret is inherited, and nothing secret is ever on a command
 * line. The signal ends it.
 */
export function startProgram(
  file: string,
  args: readonly string[],
  environment: Environment,
  signal: AbortSignal,
  output: Output = 'pipe',
): RunningProgram {
  const { child, ended } = launch(file, args, environment, signal, output);
  const stdout = gathering();
  // Node throws away what nobody is reading yet when a program exits; this reads from the start, and holds back as a pipe does.
  pipeline(child.stdout ?? Readable.from([]), stdout).catch(() => undefined); // its reader is told
  return { stdin: child.stdin, stdout, ended };
}

/** The same with its output going straight into another program, which may be written to before and after, not meanwhile. */
export function startProgramInto(
  target: FedProgram,
  file: string,
  args: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): FedProgram {
  const { child, ended } = launch(file, args, environment, signal, target.stdin);
  return { stdin: child.stdin, ended };
}

function launch(file: string, args: readonly string[], environment: Environment, signal: AbortSignal, stdout: Output | Writable) {
  const name = file.slice(file.lastIndexOf('/') + 1);
  const child = spawn(file, args, { env: { LC_ALL: 'C', ...environment }, signal, stdio: ['pipe', stdout, 'pipe'] }) as ChildProcessByStdio<
    Writable,
    Readable | null,
    Readable
  >;
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(0, MAX_COMPLAINT_LENGTH)));
  // A program that ends early breaks its pipe; its status says why.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(signal.aborted ? (signal.reason as Error) : new ProgramFailedError(name, code, complaint)),
    );
  });
  // It is awaited only after its pipes; until then a failure has a listener here.
  ended.catch(() => undefined);
  return { child, ended };
}

/** Programs write in pieces of a few kilobytes; whoever reads here is given large ones. */
function gathering(): Transform {
  let pieces: Buffer[] = [];
  let bytes = 0;
  const take = (): Buffer => {
    const all = Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
    return all;
  };
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes < GATHERED_BYTES) done();
      else done(null, take());
    },
    flush(done) {
      done(null, take());
    },
  });
}

/** Work with programs: whichever still run when it ends, however it ends, are ended. */
export async function withPrograms<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const scope = new AbortController();
  try {
    return await work(AbortSignal.any([signal, scope.signal]));
  } finally {
    scope.abort();
  }
}

/**
 * Writes content to a program. Only a failure of the content is thrown: a program may read no further, and whether it ended
 * well is its own to say.
 */
export async function feed(
  content: AsyncIterable<Uint8Array | string>,
  program: FedProgram,
  options: { keepOpen?: boolean } = {},
): Promise<void> {
  let failure: { error: unknown } | null = null;
  async function* watched(): AsyncGenerator<Uint8Array | string> {
    try {
      yield* content;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  await pipeline(watched(), program.stdin, { end: options.keepOpen !== true }).catch((error: unknown) => {
    if (failure) throw error;
  });
}
