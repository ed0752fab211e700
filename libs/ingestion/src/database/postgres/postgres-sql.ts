import type { Column } from '@app/platform';
import type { ColumnWindow, Selection } from '../source-reader';
import { whereSql } from '../window-sql';

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
  const isFinite = { integer: '', decimal: `${key} <> 'NaN'` }[column.type as string] ?? `isfinite(${key})`;
  return `SELECT ${of}(${key})${isFinite && ` FILTER (WHERE ${isFinite})`}::text FROM ${derived(query)}${where(windows)}`;
}

/** A row when there is any. */
export function anySql(query: SelectableQuery, windows: readonly ColumnWindow[]): string {
  return `SELECT 1 FROM ${derived(query)}${where(windows)} FETCH FIRST ROW ONLY`;
}

const where = (windows: readonly ColumnWindow[]): string =>
  whereSql(windows, { quoted, timestamp: ({ type }, value) => `'${value}'::${type}` });
