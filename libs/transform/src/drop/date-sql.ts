import { parseDatePattern, type DateDirective } from '@app/platform';
import { quoteLiteral } from '../sql-text';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH_NAMES = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
/** Two digits below this are years of this century. */
const CENTURY_PIVOT = 69;

const EXPRESSIONS: Readonly<Record<DateDirective, string>> = {
  Y: '[0-9]{4}',
  y: '[0-9]{2}',
  m: '1[0-2]|0?[1-9]',
  d: '3[01]|[12][0-9]|0?[1-9]',
  j: '36[0-6]|3[0-5][0-9]|[12][0-9]{2}|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0?[1-9]',
  H: '2[0-3]|[01]?[0-9]',
  I: '1[0-2]|0?[1-9]',
  p: '(?i:am|pm)',
  M: '[0-5]?[0-9]',
  S: '[0-5]?[0-9]',
  f: '[0-9]{1,9}',
  b: `(?i:${MONTHS.join('|')})`,
  B: `(?i:${MONTH_NAMES.join('|')})`,
  a: `(?i:${DAYS.map((day) => day.slice(0, 3)).join('|')})`,
  A: `(?i:${DAYS.join('|')})`,
  z: 'Z|[+-][0-9]{2}:?[0-9]{2}',
  Z: '(?i:UTC|GMT)',
};

/**
 * SQL of the timestamp that a text says by a pattern: `YYYY-MM-DD hh:mm:ss`, microseconds unless they are zero, the offset when
 * the pattern has one. Null when the text, whole, does not match, or names a day that no month has. What the pattern leaves out
 * is midnight of 1 January 1900, as it always was.
 */
export function dateSql(text: string, format: string): string {
  const pieces = parseDatePattern(format) ?? [];
  const directives = pieces.flatMap((piece) => (piece.kind === 'directive' ? [piece.directive] : []));
  const expression = pieces.map((piece) => (piece.kind === 'literal' ? literal(piece.text) : `(${EXPRESSIONS[piece.directive]})`)).join('');
  const names = directives.map((directive) => quoteLiteral(`${directive}_${directive === directive.toLowerCase() ? 'l' : 'u'}`)).join(', ');
  if (directives.length === 0) return 'cast(null as varchar)';
  const parts = `regexp_extract(${text}, ${quoteLiteral(`\\A${expression}\\z`)}, [${names}])`;
  const has = (directive: DateDirective): boolean => directives.includes(directive);
  const part = (directive: DateDirective): string => `p.${directive}_${directive === directive.toLowerCase() ? 'l' : 'u'}`;
  const first = part(directives[0] ?? 'Y');
  const fields = { has, part };
  const day = `try_cast(${yearSql(fields)} || '-' || ${monthSql(fields)} || '-' || ${has('d') ? part('d') : "'1'"} as date)`;
  const date = has('j') ? `${day} + cast(${part('j')} as integer) - 1` : day;
  const time = `lpad(cast(${hourSql(fields)} as varchar), 2, '0') || ':' || ${two(fields, 'M')} || ':' || ${two(fields, 'S')}`;
  const sum = `strftime(${date}, '%Y-%m-%d') || ' ' || ${time}${fractionSql(fields)}${offsetSql(fields)}`;
  return `list_transform([${parts}], lambda p: case when ${first} = '' then null else ${sum} end)[1]`;
}

interface Fields {
  readonly has: (directive: DateDirective) => boolean;
  readonly part: (directive: DateDirective) => string;
}

const literal = (text: string): string => text.replace(/[\\.+*?^${}()|[\]]/g, '\\$&');

const two = ({ has, part }: Fields, directive: DateDirective): string => (has(directive) ? `lpad(${part(directive)}, 2, '0')` : "'00'");

function yearSql({ has, part }: Fields): string {
  if (has('Y')) return part('Y');
  return has('y') ? `case when cast(${part('y')} as integer) < ${CENTURY_PIVOT} then '20' else '19' end || ${part('y')}` : "'1900'";
}

function monthSql({ has, part }: Fields): string {
  if (has('m')) return part('m');
  const name = has('b') ? part('b') : has('B') ? part('B') : null;
  if (name === null) return "'1'";
  return `cast(list_position([${MONTHS.map(quoteLiteral).join(', ')}], lower(left(${name}, 3))) as varchar)`;
}

function hourSql({ has, part }: Fields): string {
  if (has('H')) return `cast(${part('H')} as integer)`;
  if (!has('I')) return '0';
  const half = has('p') ? `case when lower(${part('p')}) = 'pm' then 12 else 0 end` : '0';
  return `(cast(${part('I')} as integer) % 12 + ${half})`;
}

const fractionSql = ({ has, part }: Fields): string =>
  has('f')
    ? ` || case when regexp_full_match(rpad(left(${part('f')}, 6), 6, '0'), '0+') then '' else '.' || rpad(left(${part('f')}, 6), 6, '0') end`
    : '';

const offsetSql = ({ has, part }: Fields): string =>
  has('z') ? ` || case when ${part('z')} = 'Z' then '+00:00' else left(${part('z')}, 3) || ':' || right(${part('z')}, 2) end` : '';
