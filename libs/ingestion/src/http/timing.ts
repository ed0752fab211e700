import { setTimeout as sleep } from 'node:timers/promises';

/** Time and chance, given from outside so that waits can be observed instead of waited for. */
export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number;
  /** At least 0, below 1. */
  random(): number;
  /** Waits `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  delay(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemTiming: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  async delay(ms, signal) {
    signal.throwIfAborted();
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
