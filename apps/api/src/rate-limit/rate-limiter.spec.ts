import { RateLimiter } from './rate-limiter';

describe('RateLimiter', () => {
  let nowMs = 0;
  const limiter = (perMinute: number): RateLimiter => new RateLimiter(perMinute, () => nowMs);
  const sent = (limits: RateLimiter, times: number, client = 'a'): number[] => Array.from({ length: times }, () => limits.take(client));

  it('lets a minute’s worth pass at once, and says when more may', () => {
    const limits = limiter(3);
    expect(sent(limits, 5)).toEqual([0, 0, 0, 20, 20]);
    nowMs += 15_000;
    expect(sent(limits, 1)).toEqual([5]);
    nowMs += 5_000;
    expect(sent(limits, 2)).toEqual([0, 20]);
  });

  it('lets a client through for ever that keeps to its share', () => {
    const limits = limiter(600);
    const waits = Array.from({ length: 3000 }, () => {
      nowMs += 100;
      return limits.take('poller');
    });
    expect(waits.every((wait) => wait === 0)).toBe(true);
  });

  it('counts clients apart, and saves up no more than a minute’s worth', () => {
    const limits = limiter(2);
    expect(sent(limits, 3, 'a')).toEqual([0, 0, 30]);
    expect(sent(limits, 1, 'b')).toEqual([0]);
    nowMs += 3_600_000;
    expect(sent(limits, 3, 'a')).toEqual([0, 0, 30]);
  });

  it('forgets whom it has not seen for longest', () => {
    const limits = limiter(1);
    expect(sent(limits, 2, 'first')).toEqual([0, 60]);
    for (let n = 0; n < 10_000; n += 1) limits.take(`client ${n}`);
    expect(sent(limits, 1, 'first')).toEqual([0]);
  });
});
