import { firingsBetween, type CronSchedule } from './cron-schedule';

/** Missed firings that one look records, the oldest first; of more than these the rest is not recorded. */
export const MAX_MISSED_A_LOOK = 1_000;

/**
 * Why a firing did not take place. `late`: nobody looked until too long after. `paused`: the schedule was. `superseded`: the
 * next one was due before anybody looked. `changed`: the schedule was changed between the firing and the next look.
 */
export const MISSED_REASONS = ['late', 'paused', 'superseded', 'changed'] as const;
export type MissedReason = (typeof MISSED_REASONS)[number];

export interface DueFiring {
  readonly at: Date;
  /** Null: it is to fire. */
  readonly missed: MissedReason | null;
}

/** From the look before to this one. */
export interface Span {
  readonly since: Date;
  readonly until: Date;
}

/** What a running schedule makes of the firings of a span: the last one within the grace fires, all others were missed. Pure. */
export function dueFirings(schedule: CronSchedule, { since, until }: Span, graceMs: number): DueFiring[] {
  const graceFrom = new Date(until.getTime() - graceMs);
  const late = missedFirings(schedule, { since, until: graceFrom }, 'late');
  const inTime = [...firingsBetween(schedule, since > graceFrom ? since : graceFrom, until)];
  const last = inTime.at(-1);
  return [...late, ...inTime.map((at): DueFiring => ({ at, missed: at === last ? null : 'superseded' }))];
}

/** The firings of a span in which none may take place. */
export function missedFirings(schedule: CronSchedule, { since, until }: Span, missed: MissedReason): DueFiring[] {
  const firings: DueFiring[] = [];
  for (const at of firingsBetween(schedule, since, until)) {
    if (firings.length === MAX_MISSED_A_LOOK) break;
    firings.push({ at, missed });
  }
  return firings;
}
