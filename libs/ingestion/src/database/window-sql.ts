import type { Column } from '@app/platform';
import type { ColumnWindow } from './source-reader';

/** How a dialect writes what a window is made of. */
export interface WindowSyntax {
  readonly quoted: (name: string) => string;
  /** The value of a timestamp column; integers are written the same everywhere. */
  readonly timestamp: (column: Column, value: string) => string;
}

/** The ` WHERE …` that leaves the rows of derived table `q` in all windows; empty without any. */
export function whereSql(windows: readonly ColumnWindow[], syntax: WindowSyntax): string {
  const conditions = windows.map((window) => condition(window, syntax)).filter((text) => text !== '');
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

function condition({ column, from, after, before, upTo, nulls }: ColumnWindow, syntax: WindowSyntax): string {
  const name = `q.${syntax.quoted(column.name)}`;
  if (nulls === 'only') return `${name} IS NULL`;
  const ends: readonly (readonly [string, string | undefined])[] = [
    ['>=', from],
    ['>', after],
    ['<', before],
    ['<=', upTo],
  ];
  const limits = ends.flatMap(([operator, value]) =>
    value === undefined ? [] : [`${name} ${operator} ${literal(column, value, syntax)}`],
  );
  const range = limits.join(' AND ');
  if (range === '') return nulls === 'include' ? '' : `${name} IS NOT NULL`;
  return nulls === 'include' ? `(${range} OR ${name} IS NULL)` : range;
}

/** Window values are integers or timestamps in a form that this platform computed; anything else is our own mistake. */
function literal(column: Column, value: string, { timestamp }: WindowSyntax): string {
  const isTimestamp = column.type.startsWith('timestamp');
  if (!isTimestamp && /^-?\d+$/.test(value)) return `(${value})`;
  if (isTimestamp && /^[\d :.+-]+$/.test(value)) return timestamp(column, value);
  throw new Error('a window is made of integers and timestamps');
}
