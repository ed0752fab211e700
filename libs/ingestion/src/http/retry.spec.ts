import { SourceRefusedError, SourceUnavailableError } from '../source.errors';
import { MAX_RETRY_WAIT_MS, withRetries } from './retry';

const signal = new AbortController().signal;

function policy(random: number, waitsMs: number[] = []) {
  return {
    attempts: 4,
    backoffBaseMs: 100,
    timing: { now: () => 0, random: () => random, delay: async (ms: number) => void waitsMs.push(ms) },
  };
}

describe('withRetries', () => {
  it('doubles the longest wait with every try and draws the wait below it', async () => {
    const waitsMs: number[] = [];
    const attempt = () => Promise.reject(new SourceUnavailableError('x', 'busy'));
    await expect(withRetries(policy(0.25, waitsMs), signal, attempt)).rejects.toThrow('busy');
    expect(waitsMs).toEqual([25, 50, 100]);
  });

  it('prefers what the server asked for, within the limit', async () => {
    const waitsMs: number[] = [];
    const asked = [2_000, MAX_RETRY_WAIT_MS + 1];
    const attempt = () => {
      const next = asked.shift();
      return next === undefined ? Promise.resolve('done') : Promise.reject(new SourceUnavailableError('x', 'busy', next));
    };
    expect(await withRetries(policy(1, waitsMs), signal, attempt)).toBe('done');
    expect(waitsMs).toEqual([2_000, MAX_RETRY_WAIT_MS]);
  });

  it('does not try again what a person has to mend, nor what is no error of ours', async () => {
    for (const error of [new SourceRefusedError('x', 'no'), new TypeError('a mistake')]) {
      const attempt = jest.fn(() => Promise.reject(error));
      await expect(withRetries(policy(0), signal, attempt)).rejects.toBe(error);
      expect(attempt).toHaveBeenCalledTimes(1);
    }
  });

  it('reports the reason of the signal once it aborted, not the error of the try', async () => {
    const cancel = new AbortController();
    const attempt = () => {
      cancel.abort(new Error('cancelled'));
      return Promise.reject(new SourceUnavailableError('x', 'busy'));
    };
    await expect(withRetries(policy(0), cancel.signal, attempt)).rejects.toThrow('cancelled');
  });
});
