import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../api/api.error';
import type { Run, TaskState } from '../api/answers';
import { CommandFailedError } from '../command-failed.error';

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 2_000;
const PAUSE_GROWTH = 1.3;
/** How long the API may be away, for instance to restart, before waiting for it makes no sense. */
const TOLERATED_OUTAGE_MS = 30_000;
const SECOND_MS = 1000;

export interface Clock {
  /** Milliseconds since any fixed point. */
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

export interface PollOptions {
  readonly onAnswer: (run: Run) => void;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

export const hasEnded = (run: Run): boolean => run.status !== 'queued' && run.status !== 'running';

/**
 * Asks for a run again and again, ever less often, until it has ended; answers the run as it ended. An API that is away
 * for a while is waited for.
 *
 * @throws {CommandFailedError} when time is up. @throws {ApiError} when the API stays away, or refuses.
 */
export function pollRun(askRun: () => Promise<Run>, { onAnswer, ...options }: PollOptions): Promise<Run> {
  const ask = async (): Promise<Run> => {
    const run = await askRun();
    onAnswer(run);
    return run;
  };
  return poll(ask, hasEnded, 'run', options);
}

/** The same for a task of the pipeline platform. */
export const pollTask = (askTask: () => Promise<TaskState>, options: Omit<PollOptions, 'onAnswer'>): Promise<TaskState> =>
  poll(askTask, ({ status }) => status !== 'pending', 'task', options);

async function poll<T>(
  ask: () => Promise<T>,
  isOver: (answer: T) => boolean,
  what: string,
  { timeoutMs, signal, clock = systemClock }: Omit<PollOptions, 'onAnswer'>,
): Promise<T> {
  const startedAt = clock.now();
  let answeredAt = startedAt;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS)) {
    try {
      const answer = await ask();
      answeredAt = clock.now();
      if (isOver(answer)) return answer;
    } catch (error) {
      const isOutage = error instanceof ApiError && error.isTemporary;
      if (!isOutage || clock.now() - answeredAt >= TOLERATED_OUTAGE_MS) throw error;
    }
    if (clock.now() - startedAt >= timeoutMs) {
      throw new CommandFailedError(`The ${what} did not end within ${Math.round(timeoutMs / SECOND_MS)} s. It goes on.`);
    }
    await clock.sleep(pauseMs, signal);
  }
}
