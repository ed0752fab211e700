import { Logger } from '@nestjs/common';
import { retry, RetryError, type RetryOptions } from './retry';

describe('retry', () => {
  const silent = (): void => undefined;
  beforeAll(() => {
    Logger.overrideLogger({ log: silent, warn: silent, error: silent });
  });

  /** Work that fails so many times before it succeeds. */
  function failing(times: number) {
    const waits: number[] = [];
    const calls: number[] = [];
    const work = async (): Promise<string> => {
      calls.push(calls.length + 1);
      if (calls.length <= times) throw new Error(`failure ${calls.length}`);
      return 'done';
    };
    const run = (options: Partial<RetryOptions> = {}): Promise<string> =>
      retry(work, { name: 'load', delay: async (ms) => void waits.push(ms), ...options });
    return { run, waits, calls };
  }

  it('C-87: waits longer each time up to the cap, and says how often it failed', async () => {
    const { run, waits, calls } = failing(9);
    const outcome = run({ maxAttempts: 4, baseDelayMs: 500, exponentialBase: 3, maxDelayMs: 4000 });
    await expect(outcome).rejects.toThrow(new RetryError('load', 4, new Error('failure 4')));
    await expect(outcome).rejects.toThrow(/failed after 4 attempts: failure 4$/);
    expect([calls.length, waits]).toEqual([4, [500, 1500, 4000]]);
  });

  it('tries three times by default, one and two seconds apart', async () => {
    const { run, waits } = failing(2);
    expect(await run()).toBe('done');
    expect(waits).toEqual([1000, 2000]);
    await expect(failing(3).run()).rejects.toThrow('load failed after 3 attempts: failure 3');
  });

  it('throws the last failure itself when asked, and one that it shall not retry at once', async () => {
    await expect(failing(3).run({ wrapLast: false })).rejects.toThrow(/^failure 3$/);
    const { run, calls } = failing(3);
    await expect(run({ retryOn: () => false })).rejects.toThrow(/^failure 1$/);
    expect(calls).toHaveLength(1);
  });

  it('tells of every failure, the last included, and survives who does not want to hear it', async () => {
    const told: unknown[] = [];
    const onRetry = (attempt: number, error: unknown): void => {
      told.push([attempt, (error as Error).message]);
      throw new Error('no');
    };
    await expect(failing(9).run({ onRetry, maxAttempts: 2 })).rejects.toThrow(RetryError);
    expect(told).toEqual([
      [1, 'failure 1'],
      [2, 'failure 2'],
    ]);
  });
});
