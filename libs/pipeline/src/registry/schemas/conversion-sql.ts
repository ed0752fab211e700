import type { Column, ColumnType } from '@app/platform';

const TRUE = `('true', 't', 'yes', '1')`;
const FALSE = `('false', 'f', 'no', '0')`;
const WHOLE = String.raw`'[-+]?\d+'`;
/** Beyond it, a float no longer tells whole numbers apart. */
const EXACT_FLOAT = '9007199254740992';

/**
 * SQL (DuckDB) that is a value of the type, or null where the cell cannot be converted without loss. Null stays null.
 *
 * @param cell SQL of a cell of the type `from`
 */
export function conversionSql(cell: string, { type: from }: Pick<Column, 'type'>, to: ColumnType): string {
  if (from === to) return cell;
  const written = `cast(${cell} as varchar)`;
  if (to === 'string') return from === 'bytes' ? String.raw`'\x' || lower(hex(${cell}))` : written;
  const text = `trim(${written})`;
  switch (to) {
    case 'integer':
      return `case when regexp_full_match(${text}, ${WHOLE}) then try_cast(${text} as bigint)
        when abs(try_cast(${text} as double)) < ${EXACT_FLOAT} and try_cast(${text} as double) = trunc(try_cast(${text} as double))
        then try_cast(try_cast(${text} as double) as bigint) end`;
    case 'float':
      return `try_cast(${text} as double)`;
    case 'decimal':
      return `try_cast(${text} as decimal(38, 10))`;
    case 'boolean':
      return `case when lower(${text}) in ${TRUE} then true when lower(${text}) in ${FALSE} then false end`;
    case 'date':
      return `case when try_cast(${text} as timestamp) = date_trunc('day', try_cast(${text} as timestamp)) then cast(try_cast(${text} as timestamp) as date) end`;
    case 'timestamp':
      return `try_cast(${text} as timestamp)`;
    case 'timestamptz':
      return `try_cast(${text} as timestamptz)`;
    case 'uuid':
      return `try_cast(${text} as uuid)`;
    case 'json':
      return from === 'string' ? `case when json_valid(${cell}) then ${cell} end` : `cast(to_json(${cell}) as varchar)`;
    case 'bytes':
      return String.raw`case when regexp_full_match(${text}, '\\x([0-9a-fA-F]{2})*') then unhex(substr(${text}, 3)) end`;
  }
}
