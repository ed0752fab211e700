/** A date or time as PostgreSQL writes it: before the year 1 that ends in ` BC`; here the day is followed by ` (BC)`, which it would leave out. */
export function dateText(value: string): string {
  const text = `cast(${value} as varchar)`;
  return `case when ${value} < date '0001-01-01' then regexp_replace(${text}, ' \\(BC\\)(.*)$', '\\1 BC') else ${text} end`;
}
