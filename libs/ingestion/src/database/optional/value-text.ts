import type { ColumnType } from '@app/platform';
import { csvCell } from '../csv-text';

/** A cell for what a driver returns as a JavaScript value. Dates are instants in UTC, with milliseconds. */
export function valueCell(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date)
    return value
      .toISOString()
      .replace('T', ' ')
      .replace('Z', type === 'timestamptz' ? '+00' : '');
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  switch (typeof value) {
    case 'string':
      return csvCell(value);
    case 'boolean':
      return value ? 't' : 'f';
    case 'number':
    case 'bigint':
      return String(value);
    default:
      return csvCell(JSON.stringify(value));
  }
}
