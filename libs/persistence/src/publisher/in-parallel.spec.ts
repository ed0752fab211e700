import { inParallel } from './in-parallel';

const signal = new AbortController().signal;

describe('inParallel', () => {
  it('returns the results in the order of the items and never works on more than allowed', async () => {
    let active = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3], 2, signal, async (item) => {
      most = Math.max(most, ++active);
      for (let turn = 0; turn < item; turn++) await Promise.resolve();
      active--;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  it('stops the others at the first failure, starts no more, and throws that failure', async () => {
    const started: number[] = [];
    const working = inParallel([0, 1, 2, 3], 2, signal, async (item, _index, stop) => {
      started.push(item);
      if (item === 1) throw new Error('first');
      await new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(new Error('second'))));
    });
    await expect(working).rejects.toThrow('first');
    expect(started).toEqual([0, 1]);
  });

  it('ends with the reason of the signal', async () => {
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(inParallel([1], 2, stopped, async () => 1)).rejects.toThrow('stopped');
  });
});
