import { on } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { CodeLimits, CodeModule } from '../plan';
import { systemErrorCode } from '../system-error';
import { TransformFailedError } from '../transform.errors';
import { moduleFailure } from './code-failure';
import { THREAD_SCRIPT, type ThreadMessage, type ThreadReply, type ThreadTask } from './thread-program';

const YOUNG_PART = 4;

/** Where a module's rows come from and go to. */
export interface RowExchange {
  /** The next batch; null after the last. */
  readonly next: () => Promise<readonly (readonly unknown[])[] | null>;
  /** Whole lines, one row each. The module waits until they are taken. */
  readonly take: (lines: string) => Promise<void>;
}

type LastWord = Extract<ThreadMessage, { say: 'described' | 'done' }>;

/**
 * Runs a module in a thread of its own, freshly loaded, and ends the thread with it. The module gets none of our environment
 * variables. What it writes to the console is counted, not kept: it may hold values.
 *
 * @throws AppError `transform-failed` or `input-invalid`; the signal's reason when it is aborted; what the exchange throws
 */
export async function runThread(
  module: CodeModule,
  task: Omit<ThreadTask, 'url'>,
  exchange: RowExchange,
  { memoryMb, timeoutMs }: CodeLimits,
  signal: AbortSignal,
): Promise<LastWord> {
  signal.throwIfAborted();
  const worker = new Worker(THREAD_SCRIPT, {
    eval: true,
    workerData: { ...task, url: pathToFileURL(module.path).href } satisfies ThreadTask,
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: Math.ceil(memoryMb / YOUNG_PART) },
  });
  const printed = countBytes(worker);
  const silence = new Silence(timeoutMs);
  let crash: { error: unknown } | undefined;
  worker.once('error', (error: unknown) => (crash = { error }));
  try {
    return await converse(worker, module, exchange, silence, AbortSignal.any([signal, silence.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (silence.signal.aborted) throw failure(module, `it went on for ${timeoutMs} ms without asking for a batch or yielding one`);
    throw crash ? crashFailure(module, crash.error, memoryMb) : error;
  } finally {
    silence.end();
    await worker.terminate();
    if (printed() > 0) {
      new Logger('CodeModule').warn({ module: module.name, bytes: printed() }, 'a code module wrote to its console; the text is not kept');
    }
  }
}

async function converse(
  worker: Worker,
  module: CodeModule,
  { next, take }: RowExchange,
  silence: Silence,
  signal: AbortSignal,
): Promise<LastWord> {
  const reply = (answer: ThreadReply): void => {
    worker.postMessage(answer);
    silence.begin();
  };
  silence.begin();
  for await (const [message] of on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[ThreadMessage]>) {
    silence.end();
    switch (message.say) {
      case 'pull':
        reply({ batch: await next() });
        break;
      case 'rows':
        await take(message.lines);
        reply({ taken: true });
        break;
      case 'failed':
        throw moduleFailure(module, message.fault);
      case 'described':
      case 'done':
        return message;
    }
  }
  throw failure(module, 'it ended its thread');
}

/** Aborts when a module says nothing for too long; time in which it waits for us does not count. */
class Silence {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limitMs: number) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  begin(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(), this.limitMs);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

function crashFailure(module: CodeModule, error: unknown, memoryMb: number): Error {
  if (systemErrorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY') return failure(module, `it needed more than ${memoryMb} MB of memory`);
  return moduleFailure(module, { kind: 'threw', name: textField(error, 'name'), stack: textField(error, 'stack') });
}

/** What a thread threw is not always an instance of our `Error`. */
function textField(error: unknown, field: string): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;
  return typeof value === 'string' ? value : '';
}

function countBytes({ stdout, stderr }: Worker): () => number {
  let bytes = 0;
  for (const stream of [stdout, stderr]) stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
  return () => bytes;
}

const failure = ({ name }: CodeModule, reason: string): TransformFailedError => new TransformFailedError(`code module "${name}"`, reason);
