import { jobsConfig } from './jobs.config';
import { retryDelayMs } from './retry-delay';

describe('retryDelayMs', () => {
  it('waits 1, 2 and 4 s by default (C-88)', () => {
    const settings = jobsConfig.read({});
    expect([1, 2, 3].map((attempt) => retryDelayMs(attempt, settings, 0.9))).toEqual([1000, 2000, 4000]);
    expect(settings.maxRetries + 1).toBe(4);
  });

  it('never waits longer than five minutes', () => {
    expect(retryDelayMs(40, jobsConfig.read({ RETRY_DELAY: '2', RETRY_BACKOFF_BASE: '3' }), 0)).toBe(300_000);
  });

  it('takes off a random share where jitter is wanted', () => {
    const settings = jobsConfig.read({ RETRY_JITTER: '0.5' });
    expect([0, 0.5, 1].map((random) => retryDelayMs(1, settings, random))).toEqual([1000, 750, 500]);
  });
});
