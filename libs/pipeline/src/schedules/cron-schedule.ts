import { CronTime } from 'cron';

/** When something is due. Five cron fields, or six with seconds first; the process's own time zone by default. */
export interface CronSchedule {
  readonly cron: string;
  readonly timeZone?: string;
}

/** Whether a text is a cron expression that ever comes true (30 February does not). */
export function isCron(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  try {
    nextFiring({ cron: text, timeZone: 'UTC' }, new Date(0));
    return true;
  } catch {
    return false;
  }
}

/** Whether a text is the name of a time zone in the IANA database that this runtime knows. */
export function isTimeZone(text: unknown): boolean {
  if (typeof text !== 'string' || text === '') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** The first firing after an instant. */
export function nextFiring({ cron, timeZone }: CronSchedule, after: Date): Date {
  return new CronTime(cron, timeZone).getNextDateFrom(after, timeZone).toJSDate();
}

/** Every firing after `since` and not after `until`, in order. */
export function* firingsBetween({ cron, timeZone }: CronSchedule, since: Date, until: Date): Generator<Date> {
  const time = new CronTime(cron, timeZone);
  const following = (instant: Date): Date => time.getNextDateFrom(instant, timeZone).toJSDate();
  for (let firing = following(since); firing <= until; firing = following(firing)) yield firing;
}
