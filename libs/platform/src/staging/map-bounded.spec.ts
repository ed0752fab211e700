import { mapBounded } from './map-bounded';

describe('mapBounded', () => {
  it('keeps the order of the items and the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await mapBounded([3, 1, 2, 5, 4], 2, async (item) => {
      most = Math.max(most, (running += 1));
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([30, 10, 20, 50, 40]);
    expect(most).toBe(2);
  });

  it('throws the first failure after aborting and awaiting what runs, and starts nothing more', async () => {
    const started: number[] = [];
    const ended: number[] = [];
    const work = mapBounded([1, 2, 3, 4], 2, async (item, signal) => {
      started.push(item);
      if (item === 1) throw new Error('first');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended.push(item);
      throw new Error('second');
    });
    await expect(work).rejects.toThrow('first');
    expect([started, ended]).toEqual([[1, 2], [2]]);
  });

  it('stops on an abort, and does nothing with nothing', async () => {
    await expect(mapBounded([1], 2, () => Promise.resolve(1), AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
    expect(await mapBounded([], 2, () => Promise.resolve(1))).toEqual([]);
  });
});
