import { postgresType } from '@app/persistence';
import { COLUMN_TYPES, type ColumnType } from '@app/platform';

const CREATED = new Map(COLUMN_TYPES.map((type) => [postgresType(type), type]));
/** Types that tables may have which somebody else made. */
const OTHERS: Readonly<Record<string, ColumnType>> = { smallint: 'integer', integer: 'integer', real: 'float', json: 'json' };

/** What a column of a PostgreSQL type holds in our words; text for types that have none. @param type as `format_type` writes it */
export function logicalType(type: string): ColumnType {
  const plain = type.replace(/\(.*\)/, '');
  return CREATED.get(plain) ?? OTHERS[plain] ?? 'string';
}
