import type { Row, ValueType } from '@app/validation';

/** A row as a line of `COPY … (FORMAT csv)`: null is an unquoted nothing, and texts are quoted, so that nothing in them has a meaning. */
export function copyLine(row: Row, types: readonly ValueType[]): string {
  let line = '';
  for (let index = 0; index < row.length; index += 1) {
    const value = row[index] ?? null;
    if (index > 0) line += ',';
    if (value !== null) line += types[index]?.isText ? quoted(value) : value;
  }
  return `${line}\n`;
}

const quoted = (text: string): string => `"${text.includes('"') ? text.replaceAll('"', '""') : text}"`;
