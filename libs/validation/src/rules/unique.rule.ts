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

/** No two rows of an upload with the same values in these columns. Rows that lack one of them are left out. */
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
    return [{ kind: 'row', column: indexes[0] ?? 0, accepts }];
  },
});

/** Different values give different keys; null when a value is missing. */
export function keyOf(row: Row, indexes: readonly number[]): string | null {
  const values = indexes.map((index) => row[index] ?? null);
  if (values.includes(null)) return null;
  return values.length === 1 ? (values[0] ?? null) : JSON.stringify(values);
}
