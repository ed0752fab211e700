import type { Column } from '@app/platform';
import type { ColumnWindow, Selection } from '../source-reader';

/** What PostgreSQL is asked, beside the user's query itself, which stays as it was written. */
export interface SelectableQuery {
  readonly text: string;
  readonly columns: readonly Column[];
  /** Columns whose arrays are read as JSON. */
  readonly arrays: ReadonlySet<string>;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The query in parentheses under the name `q`; a comment at its end stays inside. */
const derived = ({ text, columns }: SelectableQuery): string => `(\n${text}\n) AS q(${columns.map(({ name }) => quoted(name)).join(', ')})`;

export function selectSql(query: SelectableQuery, { windows, only }: Selection): string {
  if (windows.length === 0 && only === null && query.arrays.size === 0) return query.text;
  const names = only ?? query.columns.map(({ name }) => name);
  const cells = names.map((name) => (query.arrays.has(name) ? `array_to_json(q.${quoted(name)}) AS ${quoted(name)}` : `q.${quoted(name)}`));
  return `SELECT ${cells.join(', ')} FROM ${derived(query)}${where(windows)}`;
}

/** The least or greatest finite value, as text. */
export function extremeSql(query: SelectableQuery, of: 'min' | 'max', column: Column, windows: readonly ColumnWindow[]): string {
  const key = `q.${quoted(column.name)}`;
  const filter = column.type === 'integer' ? '' : ` FILTER (WHERE isfinite(${key}))`;
  return `SELECT ${of}(${key})${filter}::text FROM ${derived(query)}${where(windows)}`;
}

/** A row when there is any. */
export function anySql(query: SelectableQuery, windows: readonly ColumnWindow[]): string {
  return `SELECT 1 FROM ${derived(query)}${where(windows)} FETCH FIRST ROW ONLY`;
}

function where(windows: readonly ColumnWindow[]): string {
  const conditions = windows.map(condition).filter((text) => text !== '');
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

function condition({ column, from, after, before, upTo, nulls }: ColumnWindow): string {
  const name = `q.${quoted(column.name)}`;
  if (nulls === 'only') return `${name} IS NULL`;
  const ends: readonly (readonly [string, string | undefined])[] = [
    ['>=', from],
    ['>', after],
    ['<', before],
    ['<=', upTo],
  ];
  const range = ends
    .flatMap(([operator, value]) => (value === undefined ? [] : [`${name} ${operator} ${literal(column, value)}`]))
    .join(' AND ');
  if (range === '') return nulls === 'include' ? '' : `${name} IS NOT NULL`;
  return nulls === 'include' ? `(${range} OR ${name} IS NULL)` : range;
}

/** Window values are integers or timestamps that this platform computed; anything else is our own mistake. */
function literal({ type }: Column, value: string): string {
  if (type === 'integer' && /^-?\d+$/.test(value)) return /^-/.test(value) ? `(${value})` : value;
  if (type !== 'integer' && /^[\d :.+-]+$/.test(value)) return `'${value}'::${type}`;
  throw new Error('a window is made of integers and timestamps');
}
