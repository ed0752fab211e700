export interface TextColumn<Row> {
  readonly heading: string;
  readonly value: (row: Row) => string;
  /** Numbers stand on the right. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** Lines of a table whose columns are as wide as their widest value. */
export function textTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): string[] {
  const cells = [columns.map((column) => column.heading), ...rows.map((row) => columns.map((column) => column.value(row)))];
  const widths = columns.map((_column, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const pad = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    return columns[index]?.align === 'right' ? text.padStart(width) : text.padEnd(width);
  };
  return cells.map((line) => line.map(pad).join(GAP).trimEnd());
}

/** Lines of names and values, the values under each other. */
export function fieldList(fields: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...fields.map(([name]) => name.length)) + ':'.length;
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width)} ${value}`.trimEnd());
}
