import type { ColumnWindow, Selection } from '../source-reader';
import { whereSql } from '../window-sql';
import type { MysqlColumn } from './mysql-types';

export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

export const derived = (text: string): string => `(\n${text}\n) AS q`;

export function selectSql(text: string, columns: readonly MysqlColumn[], { windows, only }: Selection): string {
  if (windows.length === 0 && only === null && columns.every(({ isSingle }) => !isSingle)) return text;
  const wanted = only === null ? columns : columns.filter(({ name }) => only.includes(name));
  const cells = wanted.map(({ name, isSingle }) => `q.${quoted(name)}${isSingle ? ` + 0e0 AS ${quoted(name)}` : ''}`);
  return `SELECT ${cells.join(', ')} FROM ${derived(text)}${where(windows)}`;
}

export const where = (windows: readonly ColumnWindow[]): string =>
  whereSql(windows, { quoted, timestamp: (_, value) => `TIMESTAMP'${value.replace(/\+00$/, '')}'` });
