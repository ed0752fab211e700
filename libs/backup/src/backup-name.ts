/** What file systems take for one name. */
const MAX_NAME_BYTES = 255;
const SEPARATOR_OR_CONTROL = /[/\\\p{Cc}]/u;

/** Whether a backup can have this name. Names that begin with a dot are hidden: they are never listed and never found. */
export const isBackupName = (name: string): boolean =>
  name !== '' && !name.startsWith('.') && Buffer.byteLength(name) <= MAX_NAME_BYTES && !SEPARATOR_OR_CONTROL.test(name);

const two = (value: number): string => String(value).padStart(2, '0');

/**
 * The name of a backup made at this instant, in local time (`TZ`): `YYYY-MM-DD HH:MM:SS.ffffff`, the fraction left out when
 * it is zero. `microseconds` are those below the instant's millisecond.
 */
export function backupNameAt(at: Date, microseconds = 0): string {
  const day = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const fraction = at.getMilliseconds() * 1000 + microseconds;
  return `${day} ${time}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}`;
}

/** The clock's microseconds keep two backups of one millisecond apart. */
export function backupNameNow(): string {
  const nowMs = performance.timeOrigin + performance.now();
  return backupNameAt(new Date(Math.floor(nowMs)), Math.floor((nowMs % 1) * 1000));
}
