import { quoteLiteral } from '../sql-text';
import type { Value } from './value';

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})(?:[ T]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** A date, a time without zone or an instant, by what an ISO text says; null when it is none of them. */
export function instantValue(text: string): Value | null {
  const match = INSTANT.exec(text);
  if (!match || !isDate(Number(match[1]), Number(match[2]), Number(match[3]))) return null;
  const type = match[4] === undefined ? 'date' : match[5] === undefined ? 'timestamp' : 'timestamptz';
  return { sql: `cast(${quoteLiteral(text)} as ${type})`, type };
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
