import { backupNameAt, backupNameNow, isBackupName } from './backup-name';

describe('backup names', () => {
  it('are the local time, with microseconds', () => {
    expect(backupNameAt(new Date(2024, 4, 6, 7, 8, 9, 123), 456)).toBe('2024-05-06 07:08:09.123456');
    expect(backupNameAt(new Date(2024, 10, 16, 17, 18, 19, 0), 7)).toBe('2024-11-16 17:18:19.000007');
  });

  it('leave out a fraction of zero', () => {
    expect(backupNameAt(new Date(2024, 0, 2, 0, 0, 0, 0))).toBe('2024-01-02 00:00:00');
  });

  it('have the same form when the clock makes them', () => {
    const first = backupNameNow();
    expect(first).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?$/);
    expect(isBackupName(first)).toBe(true);
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a\0b', 'a\nb', '.hidden', 'x'.repeat(256)])('refuse %j', (name) => {
    expect(isBackupName(name)).toBe(false);
  });

  it.each(['2024-05-06 07:08:09.123456', 'before the move.sql', 'Zoë 100%', 'a..b'])('allow %j', (name) => {
    expect(isBackupName(name)).toBe(true);
  });
});
