import type { ParseValue } from './parse-value';

const MONTH_FIRST = /^(\d{1,2})([-/])(\d{1,2})\2(\d{4})$/;
const ISO = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Calendar dates, month first, as ISO text. Month and day have one or two digits, the year four; both separators are the same. */
export function dateParser(allowIso: boolean): ParseValue {
  return (text) => {
    const [, month, , day, year] = MONTH_FIRST.exec(text) ?? [];
    if (month && day && year) return toIso(year, month, day);
    const [, isoYear, isoMonth, isoDay] = (allowIso && ISO.exec(text)) || [];
    return isoYear && isoMonth && isoDay ? toIso(isoYear, isoMonth, isoDay) : undefined;
  };
}

function toIso(year: string, month: string, day: string): string | undefined {
  const isReal = Number(year) > 0 && Number(day) > 0 && Number(day) <= daysOf(Number(year), Number(month));
  return isReal ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : undefined;
}

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
}
