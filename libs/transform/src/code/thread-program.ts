import type { MessagePort } from 'node:worker_threads';
import type { Column } from '@app/platform';

/** What a thread is started with. */
export interface ThreadTask {
  readonly url: string;
  /** True only reads what the module says about itself. */
  readonly describe: boolean;
  /** Names of the columns of each row that comes in. */
  readonly input: readonly string[];
  /** Columns that rows going out may have; null lets them have any. */
  readonly output: readonly Column[] | null;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** What a column may hold; `integer` fits 64 bits, `bigint` does not. */
export type ValueKind = 'string' | 'boolean' | 'integer' | 'bigint' | 'float' | 'instant' | 'json';

export type Fault =
  | { readonly kind: 'no-transform' | 'no-generator' | 'no-rows' }
  | { readonly kind: 'no-value' | 'no-column' | 'no-integer'; readonly column: string }
  | { readonly kind: 'threw'; readonly name: string; readonly stack: string };

/** What a thread says. Each `pull` is answered by a batch or null, each `rows` by `taken`, in order. */
export type ThreadMessage =
  | { readonly say: 'described'; readonly json: string }
  | { readonly say: 'pull' }
  | { readonly say: 'rows'; readonly lines: string }
  | { readonly say: 'done'; readonly columns: readonly { readonly name: string; readonly kinds: readonly ValueKind[] }[] }
  | { readonly say: 'failed'; readonly fault: Fault };

export type ThreadReply = { readonly batch: readonly (readonly unknown[])[] | null } | { readonly taken: true };

type Load = (url: string) => Promise<Readonly<Record<string, unknown>>>;

/**
 * What runs inside the thread. It is sent there as text, so it uses nothing of this file but its types: a thread starts from a
 * file or a text, and no build tool would make it a file. Cells go out as text, one JSON object a row; null is left out.
 */
async function threadProgram(port: MessagePort, task: ThreadTask, load: Load): Promise<void> {
  const ROWS_PER_MESSAGE = 1000;
  const say = (message: ThreadMessage): void => port.postMessage(message);
  const stated = task.output && new Map(task.output.map(({ name, type }) => [name, type]));
  const found = new Map<string, Set<ValueKind>>((task.output ?? []).map(({ name }) => [name, new Set()]));
  const pulls: ((batch: readonly (readonly unknown[])[] | null) => void)[] = [];
  const writes: (() => void)[] = [];
  port.on('message', (reply: ThreadReply) => {
    if ('batch' in reply) pulls.shift()?.(reply.batch);
    else writes.shift()?.();
  });

  async function* batches(): AsyncGenerator<Record<string, unknown>[]> {
    for (;;) {
      const batch = await new Promise<readonly (readonly unknown[])[] | null>((resolve) => {
        pulls.push(resolve);
        say({ say: 'pull' });
      });
      if (batch === null) return;
      yield batch.map((cells) => Object.fromEntries(task.input.map((name, index) => [name, cells[index]])));
    }
  }

  const kindOf = (value: unknown): ValueKind | null => {
    if (typeof value === 'string') return 'string';
    if (typeof value === 'boolean') return 'boolean';
    if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? 'integer' : 'bigint';
    if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'float';
    if (typeof value !== 'object' || value === null) return null;
    return value instanceof Date ? 'instant' : 'json';
  };
  const textOf = (value: unknown, kind: ValueKind): string => {
    if (kind === 'instant') return (value as Date).toISOString();
    return kind === 'json' ? JSON.stringify(value) : String(value);
  };
  const fail = (fault: Fault): never => {
    throw Object.assign(new Error(fault.kind), { fault });
  };

  const cell = (column: string, value: unknown): [string, string] => {
    if (stated && !stated.has(column)) fail({ kind: 'no-column', column });
    const kind = kindOf(value) ?? fail({ kind: 'no-value', column });
    const text = textOf(value, kind);
    if (stated?.get(column) === 'integer' && !/^[-+]?\d+$/.test(text)) fail({ kind: 'no-integer', column });
    const kinds = found.get(column) ?? new Set();
    found.set(column, kinds.add(kind));
    return [column, text];
  };

  const line = (row: unknown): string => {
    const prototype: unknown = typeof row === 'object' && row !== null ? Object.getPrototypeOf(row) : undefined;
    if (prototype !== Object.prototype && prototype !== null) fail({ kind: 'no-rows' });
    const entries = Object.entries(row as Record<string, unknown>);
    for (const [column] of entries) if (!stated && !found.has(column)) found.set(column, new Set());
    const cells = entries.filter(([, value]) => value !== null && value !== undefined).map(([column, value]) => cell(column, value));
    return `${JSON.stringify(Object.fromEntries(cells))}\n`;
  };

  const run = async (transform: unknown): Promise<void> => {
    if (typeof transform !== 'function') return void fail({ kind: 'no-transform' });
    const made: unknown = (transform as (...args: unknown[]) => unknown)(batches(), task.kwargs);
    const generates = typeof made === 'object' && made !== null && Symbol.asyncIterator in made;
    if (!generates) return void fail({ kind: 'no-generator' });
    for await (const batch of made as AsyncIterable<unknown>) {
      if (!Array.isArray(batch)) return void fail({ kind: 'no-rows' });
      for (let from = 0; from < batch.length; from += ROWS_PER_MESSAGE) {
        const rows = Array.from(batch.slice(from, from + ROWS_PER_MESSAGE) as unknown[], line);
        await new Promise<void>((resolve) => {
          writes.push(resolve);
          say({ say: 'rows', lines: rows.join('') });
        });
      }
    }
    say({ say: 'done', columns: [...found].map(([name, kinds]) => ({ name, kinds: [...kinds] })) });
  };

  try {
    const module = await load(task.url);
    if (!task.describe) await run(module.transform);
    else {
      if (typeof module.transform !== 'function') fail({ kind: 'no-transform' });
      const { output, kwargsSchema, version } = module;
      say({ say: 'described', json: JSON.stringify({ output, kwargsSchema, version }) });
    }
  } catch (error) {
    if (error instanceof Error && 'fault' in error) say({ say: 'failed', fault: error.fault as Fault });
    else {
      const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: '' };
      say({ say: 'failed', fault: { kind: 'threw', name, stack: stack ?? '' } });
    }
  }
}

/** The program as a script for `new Worker(…, { eval: true })`. */
export const THREAD_SCRIPT = `const { parentPort, workerData } = require('node:worker_threads');
(${threadProgram.toString()})(parentPort, workerData, (url) => import(url));`;
