const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const MICROSECONDS_A_MS = 1000;

/** `2025-03-01 09:00:00-0800 (PST)` */
export function reportTime(at: Date, timeZone: string): string {
  const part = (options: Intl.DateTimeFormatOptions, type: Intl.DateTimeFormatPartTypes): string =>
    new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', ...options }).formatToParts(at).find((found) => found.type === type)
      ?.value ?? '';
  const [year, month, day] = (['year', 'month', 'day'] as const).map((unit) =>
    part({ year: 'numeric', month: '2-digit', day: '2-digit' }, unit),
  );
  const [hour, minute, second] = (['hour', 'minute', 'second'] as const).map((unit) =>
    part({ hour: '2-digit', minute: '2-digit', second: '2-digit' }, unit).padStart(2, '0'),
  );
  // `GMT-08:00`, and `GMT` alone for none.
  const offset = part({ timeZoneName: 'longOffset' }, 'timeZoneName').slice('GMT'.length).replace(':', '') || '+0000';
  return `${year}-${month}-${day} ${hour}:${minute}:${second}${offset} (${part({ timeZoneName: 'short' }, 'timeZoneName')})`;
}

/** `0:01:02.345000` */
export function reportDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / SECOND_MS);
  const fraction = String((durationMs % SECOND_MS) * MICROSECONDS_A_MS).padStart(6, '0');
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${Math.floor(seconds / HOUR_S)}:${two(Math.floor(seconds / MINUTE_S) % MINUTE_S)}:${two(seconds % MINUTE_S)}.${fraction}`;
}
