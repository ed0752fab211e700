import { firingBetween } from './scheduler';

const at = (text: string): Date => new Date(text);

describe('firingBetween', () => {
  const daily = { cron: '0 30 2 * * *', timeZone: 'America/New_York' };

  it('finds the firing inside the span, in the schedule’s own time zone', () => {
    expect(firingBetween(daily, at('2024-01-15T07:29:58Z'), at('2024-01-15T07:30:03Z'))).toEqual(at('2024-01-15T07:30:00Z'));
    expect(firingBetween(daily, at('2024-07-15T06:29:58Z'), at('2024-07-15T06:30:03Z'))).toEqual(at('2024-07-15T06:30:00Z'));
  });

  it('finds none outside of it, and none twice', () => {
    expect(firingBetween(daily, at('2024-01-15T07:30:00Z'), at('2024-01-15T07:30:05Z'))).toBeNull();
    expect(firingBetween(daily, at('2024-01-15T07:00:00Z'), at('2024-01-15T07:29:59Z'))).toBeNull();
  });

  it('gives one firing for a span that holds several', () => {
    expect(firingBetween({ cron: '* * * * *', timeZone: 'UTC' }, at('2024-01-01T00:00:30Z'), at('2024-01-01T00:03:30Z'))).toEqual(at('2024-01-01T00:03:00Z'));
  });
});
