import { definitionName } from './config-file';
import { reportDuration, reportTime } from './report-time';

describe('reportTime', () => {
  it.each([
    ['2025-07-01T07:05:09Z', 'America/Vancouver', '2025-07-01 00:05:09-0700 (PDT)'],
    ['2025-01-01T08:00:00Z', 'America/Vancouver', '2025-01-01 00:00:00-0800 (PST)'],
    ['2025-01-01T08:00:00Z', 'UTC', '2025-01-01 08:00:00+0000 (UTC)'],
  ])('shows %s in %s', (at, zone, text) => {
    expect(reportTime(new Date(at), zone)).toBe(text);
  });
});

describe('reportDuration', () => {
  it('counts hours without end, and always has six digits of a second', () => {
    expect([reportDuration(0), reportDuration(61_007), reportDuration(90_000_000)]).toEqual([
      '0:00:00.000000',
      '0:01:01.007000',
      '25:00:00.000000',
    ]);
  });
});

describe('definitionName', () => {
  it.each([
    ['/etc/drops/cmslite_gdx.json', 'cmslite_gdx'],
    ['My Config.v2.json', 'my-config-v2'],
    ['004.json', 'drop-004'],
    [`${'x'.repeat(80)}.json`, 'x'.repeat(63)],
  ])('makes a name of %s', (path, name) => {
    expect(definitionName(path)).toBe(name);
  });
});
