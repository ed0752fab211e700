import { firingsBetween, isCron, isTimeZone, nextFiring } from './cron-schedule';

const at = (text: string): Date => new Date(text);

describe('firingsBetween', () => {
  const daily = { cron: '0 30 2 * * *', timeZone: 'America/New_York' };

  it('finds the firing inside the span, in the schedule’s own time zone', () => {
    expect([...firingsBetween(daily, at('2024-01-15T07:29:58Z'), at('2024-01-15T07:30:03Z'))]).toEqual([at('2024-01-15T07:30:00Z')]);
    expect([...firingsBetween(daily, at('2024-07-15T06:29:58Z'), at('2024-07-15T06:30:03Z'))]).toEqual([at('2024-07-15T06:30:00Z')]);
  });

  it('leaves out the beginning of the span and takes its end', () => {
    expect([...firingsBetween(daily, at('2024-01-15T07:30:00Z'), at('2024-01-15T07:30:05Z'))]).toEqual([]);
    expect([...firingsBetween(daily, at('2024-01-15T07:00:00Z'), at('2024-01-15T07:30:00Z'))]).toEqual([at('2024-01-15T07:30:00Z')]);
  });

  it('gives every firing of a span in order', () => {
    const minutes = [...firingsBetween({ cron: '* * * * *', timeZone: 'UTC' }, at('2024-01-01T00:00:30Z'), at('2024-01-01T00:03:30Z'))];
    expect(minutes).toEqual([at('2024-01-01T00:01:00Z'), at('2024-01-01T00:02:00Z'), at('2024-01-01T00:03:00Z')]);
  });
});

describe('nextFiring', () => {
  it('keeps the time of day over a change to summer time', () => {
    const schedule = { cron: '0 5 * * *', timeZone: 'Europe/Berlin' };
    expect(nextFiring(schedule, at('2024-03-30T00:00:00Z'))).toEqual(at('2024-03-30T04:00:00Z'));
    expect(nextFiring(schedule, at('2024-03-31T00:00:00Z'))).toEqual(at('2024-03-31T03:00:00Z'));
  });
});

describe('isCron', () => {
  it.each(['* * * * *', '0 30 2 * * *', '*/5 8-18 * * 1-5'])('takes %s', (text) => {
    expect(isCron(text)).toBe(true);
  });

  it.each(['', 'daily', '* * * *', '61 * * * *', '0 0 30 2 *', null, 5])('refuses %p', (text) => {
    expect(isCron(text)).toBe(false);
  });
});

describe('isTimeZone', () => {
  it('takes what the IANA database has', () => {
    expect(['America/Mexico_City', 'UTC'].map(isTimeZone)).toEqual([true, true]);
    expect(['Mars/Olympus', '', null].map(isTimeZone)).toEqual([false, false, false]);
  });
});
