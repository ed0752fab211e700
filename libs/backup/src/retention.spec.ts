import { expendable, type RetainedBackup, type RetentionPolicy } from './retention';

const OFF: RetentionPolicy = { last: 0, daily: 0, weekly: 0, monthly: 0 };

/** One backup at each local time, named by it. */
const at = (...times: string[]): RetainedBackup[] => times.map((time) => ({ name: time, createdAt: new Date(time), isProved: false }));

const kept = (backups: readonly RetainedBackup[], policy: Partial<RetentionPolicy>): string[] => {
  const gone = new Set(expendable(backups, { ...OFF, ...policy }));
  return backups.map(({ name }) => name).filter((name) => !gone.has(name));
};

describe('retention', () => {
  const march = at('2024-03-01T08:00', '2024-03-01T20:00', '2024-03-02T08:00', '2024-03-04T08:00', '2024-03-05T08:00', '2024-03-05T09:00');

  it('keeps everything while every rule is off', () => {
    expect(expendable(march, OFF)).toEqual([]);
  });

  it('keeps the last ones and names the others oldest first', () => {
    expect(expendable(march, { ...OFF, last: 2 })).toEqual([
      '2024-03-01T08:00',
      '2024-03-01T20:00',
      '2024-03-02T08:00',
      '2024-03-04T08:00',
    ]);
  });

  it('keeps the newest of each day that has one', () => {
    expect(kept(march, { daily: 3 })).toEqual(['2024-03-02T08:00', '2024-03-04T08:00', '2024-03-05T09:00']);
  });

  it('begins a week on Monday', () => {
    // 3 March 2024 is a Sunday.
    expect(kept(at('2024-02-26T08:00', '2024-03-03T23:59', '2024-03-04T00:00', '2024-03-10T08:00'), { weekly: 2 })).toEqual([
      '2024-03-03T23:59',
      '2024-03-10T08:00',
    ]);
  });

  it('keeps the newest of each month, over the turn of a year', () => {
    expect(kept(at('2023-11-30T08:00', '2023-12-01T08:00', '2023-12-31T08:00', '2024-01-01T08:00'), { monthly: 2 })).toEqual([
      '2023-12-31T08:00',
      '2024-01-01T08:00',
    ]);
  });

  it('keeps what any rule keeps', () => {
    expect(kept(march, { last: 1, daily: 2 })).toEqual(['2024-03-04T08:00', '2024-03-05T09:00']);
  });

  it('never gives up the newest proved backup', () => {
    const [oldest, second, ...rest] = march;
    const proved = [oldest!, second!].map((backup) => ({ ...backup, isProved: true }));
    expect(kept([...proved, ...rest], { last: 1 })).toEqual(['2024-03-01T20:00', '2024-03-05T09:00']);
  });

  it('does not depend on the order in which backups are listed', () => {
    expect(expendable([...march].reverse(), { ...OFF, last: 2 })).toEqual(expendable(march, { ...OFF, last: 2 }));
  });
});
