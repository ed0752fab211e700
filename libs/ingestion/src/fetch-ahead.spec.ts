import { fetchAhead } from './fetch-ahead';

const signal = new AbortController().signal;

describe('fetchAhead', () => {
  it('yields in the order of the items, however the fetches end', async () => {
    const open = new Map<number, (value: string) => void>();
    const results = fetchAhead([1, 2], 2, signal, (item) => new Promise<string>((resolve) => open.set(item, resolve)));
    const first = results.next();
    open.get(2)?.('second');
    open.get(1)?.('first');
    expect((await first).value).toBe('first');
    expect((await results.next()).value).toBe('second');
  });

  it('never has more than the limit under way', async () => {
    let underWay = 0;
    let most = 0;
    const fetchOne = async (item: number) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return item;
    };
    const results: number[] = [];
    for await (const result of fetchAhead([1, 2, 3, 4, 5], 2, signal, fetchOne)) results.push(result);
    expect([results, most]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  it('yields what came before a failure, then fails and aborts the rest', async () => {
    const aborted: number[] = [];
    const fetchOne = (item: number, own: AbortSignal) => {
      if (item === 1) return Promise.resolve(1);
      if (item === 2) return Promise.reject(new Error('two is broken'));
      return new Promise<number>((_, reject) => own.addEventListener('abort', () => reject(new Error(`stopped ${aborted.push(item)}`))));
    };
    const results = fetchAhead([1, 2, 3], 3, signal, fetchOne);
    expect((await results.next()).value).toBe(1);
    await expect(results.next()).rejects.toThrow('two is broken');
    expect(aborted).toEqual([3]);
  });

  it('aborts what is under way when the consumer stops early', async () => {
    let wasAborted = false;
    const untilAborted = (own: AbortSignal) =>
      new Promise<number>((resolve) =>
        own.addEventListener('abort', () => {
          wasAborted = true;
          resolve(2);
        }),
      );
    const fetchOne = (item: number, own: AbortSignal) => (item === 1 ? Promise.resolve(1) : untilAborted(own));
    for await (const result of fetchAhead([1, 2], 2, signal, fetchOne)) if (result === 1) break;
    expect(wasAborted).toBe(true);
  });
});
