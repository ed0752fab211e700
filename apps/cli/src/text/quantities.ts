const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;

const counts = new Intl.NumberFormat('en-US');

export const formatCount = (count: number | null): string => (count === null ? '-' : counts.format(count));

/** `850 ms`, `1.2 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(durationMs: number): string {
  if (Math.round(durationMs) < SECOND_MS) return `${Math.round(durationMs)} ms`;
  const seconds = Math.round(durationMs / SECOND_MS);
  if (seconds < MINUTE_S) return `${(durationMs / SECOND_MS).toFixed(1)} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min ${twoDigits(seconds % MINUTE_S)} s`;
  return `${Math.floor(seconds / HOUR_S)} h ${twoDigits(Math.floor((seconds % HOUR_S) / MINUTE_S))} min`;
}

/** An ISO 8601 instant in UTC, to the second. */
export const formatInstant = (at: string | null): string => (at === null ? '-' : `${at.slice(0, 19).replace('T', ' ')} UTC`);

const twoDigits = (count: number): string => String(count).padStart(2, '0');
