import { AppError } from '@app/platform';
import { z } from 'zod';
import { defineRule, type Row } from '../rule';

/** Keys that are remembered of one upload; together some hundred MiB. */
export const UNIQUE_KEY_LIMIT = 1_000_000;

class TooManyKeysError extends AppError {
  readonly code = 'input-invalid';
  constructor(columns: readonly string[]) {
    super(
      `More than ${UNIQUE_KEY_LIMIT} different values of ${columns.join(', ')} cannot be checked for uniqueness; send the rows in smaller files.`,
    );
  }
}

/** No two rows of an upload, or of a run's table, with the same values in these columns. Rows that lack one of them are left out. */
export const uniqueRule = defineRule({
  name: 'unique',
  config: z.strictObject({ columns: z.array(z.string()).min(1) }),
  columns: ({ columns }) => columns,
  message: ({ columns }) => `{place} repeats ${columns.join(' and ')} of an earlier row`,
  compile: ({ columns }, context) => {
    const indexes = columns.map((column) => context.indexOf(column));
    const seen = new Set<string>();
    const accepts = (row: Row): boolean => {
      const key = keyOf(row, indexes);
      if (key === null) return true;
      if (seen.has(key)) return false;
      if (seen.size === UNIQUE_KEY_LIMIT) throw new TooManyKeysError(columns);
      seen.add(key);
      return true;
    };
    const column = indexes[0] ?? 0;
    const { table, references } = context;
    const findRefused = references.findPresent?.bind(references, table, columns);
    const read = (row: Row): string | null => jsonOf(row, indexes);
    return [{ kind: 'row', column, accepts }, ...(findRefused ? [{ kind: 'lookup' as const, column, read, findRefused }] : [])];
  },
});

function jsonOf(row: Row, indexes: readonly number[]): string | null {
  const values = indexes.map((index) => row[index] ?? null);
  return values.includes(null) ? null : JSON.stringify(values);
}

/** Different values give different keys; null when a value is missing. */
export function keyOf(row: Row, indexes: readonly number[]): string | null {
  return indexes.length === 1 ? (row[indexes[0] ?? 0] ?? null) : jsonOf(row, indexes);
}
