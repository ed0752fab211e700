import { dueFirings, MAX_MISSED_A_LOOK, missedFirings } from './due-firings';

const HOURLY = { cron: '0 * * * *', timeZone: 'UTC' };
const MINUTELY = { cron: '* * * * *', timeZone: 'UTC' };
const GRACE_MS = 60_000;

const at = (time: string): Date => new Date(`2024-05-01T${time}Z`);
const due = (schedule: typeof HOURLY, since: string, until: string) =>
  dueFirings(schedule, { since: at(since), until: at(until) }, GRACE_MS);

describe('dueFirings', () => {
  it('fires what came due since the last look', () => {
    expect(due(HOURLY, '07:59:58', '08:00:03')).toEqual([{ at: at('08:00:00'), missed: null }]);
    expect(due(HOURLY, '08:00:03', '08:00:08')).toEqual([]);
  });

  it('fires what was missed by less than the grace, and records what was missed by as much', () => {
    expect(due(HOURLY, '07:30:00', '08:00:59.999')).toEqual([{ at: at('08:00:00'), missed: null }]);
    expect(due(HOURLY, '07:30:00', '08:01:00')).toEqual([{ at: at('08:00:00'), missed: 'late' }]);
  });

  it('records every firing of the time without a worker, and fires the last one when it is in time', () => {
    expect(due(HOURLY, '05:30:00', '08:00:10')).toEqual([
      { at: at('06:00:00'), missed: 'late' },
      { at: at('07:00:00'), missed: 'late' },
      { at: at('08:00:00'), missed: null },
    ]);
  });

  it('fires once when several are in time', () => {
    const halfMinutely = { cron: '*/30 * * * * *', timeZone: 'UTC' };
    expect(due(halfMinutely, '08:00:10', '08:01:00')).toEqual([
      { at: at('08:00:30'), missed: 'superseded' },
      { at: at('08:01:00'), missed: null },
    ]);
  });

  it('finds nothing when the last look lies in the future, as after a clock was set back', () => {
    expect(due(HOURLY, '09:30:00', '08:00:10')).toEqual([]);
  });
});

describe('missedFirings', () => {
  it('fires nothing, the present included', () => {
    expect(missedFirings(HOURLY, { since: at('06:30:00'), until: at('08:00:00') }, 'paused')).toEqual([
      { at: at('07:00:00'), missed: 'paused' },
      { at: at('08:00:00'), missed: 'paused' },
    ]);
  });

  it('stops at the limit', () => {
    expect(missedFirings(MINUTELY, { since: at('00:00:00'), until: at('23:59:00') }, 'late')).toHaveLength(MAX_MISSED_A_LOOK);
  });
});
