/** How many backups stay, by rule; 0 switches a rule off. With every rule off, all stay. */
export interface RetentionPolicy {
  readonly last: number;
  /** The newest backup of each of this many days that have one; weeks (from Monday) and months likewise. In local time. */
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

export interface RetainedBackup {
  readonly name: string;
  readonly createdAt: Date;
  readonly isProved: boolean;
}

type Period = (at: Date) => string;

const dayOf: Period = (at) => `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
const monthOf: Period = (at) => `${at.getFullYear()}-${at.getMonth()}`;
const DAYS_A_WEEK = 7;
const MONDAY = 1;
const weekOf: Period = (at) => {
  const sinceMonday = (at.getDay() - MONDAY + DAYS_A_WEEK) % DAYS_A_WEEK;
  return dayOf(new Date(at.getFullYear(), at.getMonth(), at.getDate() - sinceMonday));
};

/**
 * Names of the backups that no rule keeps, oldest first. The newest backup and the newest proved one always stay, whatever
 * the rules say.
 */
export function expendable(backups: readonly RetainedBackup[], policy: RetentionPolicy): string[] {
  if (policy.last + policy.daily + policy.weekly + policy.monthly === 0) return [];
  const newestFirst = [...backups].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const kept = new Set<RetainedBackup | undefined>([
    newestFirst[0],
    newestFirst.find(({ isProved }) => isProved),
    ...newestFirst.slice(0, policy.last),
    ...newestOfEach(newestFirst, dayOf, policy.daily),
    ...newestOfEach(newestFirst, weekOf, policy.weekly),
    ...newestOfEach(newestFirst, monthOf, policy.monthly),
  ]);
  return newestFirst
    .filter((backup) => !kept.has(backup))
    .reverse()
    .map(({ name }) => name);
}

function newestOfEach(newestFirst: readonly RetainedBackup[], periodOf: Period, count: number): RetainedBackup[] {
  const newest = new Map<string, RetainedBackup>();
  for (const backup of newestFirst) {
    const period = periodOf(backup.createdAt);
    if (!newest.has(period)) newest.set(period, backup);
  }
  return [...newest.values()].slice(0, count);
}
