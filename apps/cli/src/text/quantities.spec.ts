import { formatCount, formatDuration, formatInstant } from './quantities';

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [849.6, '850 ms'],
    [999.6, '1.0 s'],
    [1_250, '1.3 s'],
    [59_400, '59.4 s'],
    [59_960, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_600_000, '1 h 00 min'],
    [93_600_000, '26 h 00 min'],
  ])('shows %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

describe('formatCount', () => {
  it('groups digits, and shows what is not known as a dash', () => {
    expect([formatCount(1_234_567), formatCount(0), formatCount(null)]).toEqual(['1,234,567', '0', '-']);
  });
});

describe('formatInstant', () => {
  it('shows seconds and the zone, and what has not happened as a dash', () => {
    expect([formatInstant('2026-03-01T10:11:12.987Z'), formatInstant(null)]).toEqual(['2026-03-01 10:11:12 UTC', '-']);
  });
});
