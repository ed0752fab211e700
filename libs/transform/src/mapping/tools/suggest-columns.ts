import type { MappingRow } from '../mapping-file';

export interface Suggestions {
  readonly heading: string;
  readonly names: readonly string[];
}

/** What somebody who asked for a column that does not exist may have meant: the closest kind of match that there is. */
export function suggestColumns(target: string, rows: readonly Pick<MappingRow, 'table' | 'column'>[]): Suggestions {
  const [table = '', ...rest] = target.toLowerCase().split('.');
  const column = rest.join('.');
  const named = (matches: (row: Pick<MappingRow, 'table' | 'column'>) => boolean): string[] =>
    rows.filter(matches).map((row) => `${row.table}.${row.column}`);
  const candidates: Suggestions[] = [
    {
      heading: 'In another letter case it has',
      names: named((row) => `${row.table}.${row.column}`.toLowerCase() === target.toLowerCase()),
    },
    { heading: 'That table has', names: named((row) => row.table.toLowerCase() === table) },
    { heading: 'Tables with that column', names: named((row) => row.column.toLowerCase() === column) },
  ];
  const tables = [...new Set(rows.map((row) => row.table))];
  return candidates.find(({ names }) => names.length > 0) ?? { heading: 'Its tables are', names: tables };
}
