import type { ColumnType } from '@app/platform';

/** How each logical type is created; `accepts` are existing types that hold the same values. */
const RENDERINGS: Readonly<Record<ColumnType, { readonly type: string; readonly accepts: readonly RegExp[] }>> = {
  string: { type: 'character varying', accepts: [/^text$/, /^character( varying)?(\(\d+\))?$/, /^citext$/] },
  integer: { type: 'bigint', accepts: [] },
  float: { type: 'double precision', accepts: [] },
  decimal: { type: 'numeric', accepts: [/^numeric\(/] },
  boolean: { type: 'boolean', accepts: [] },
  date: { type: 'date', accepts: [] },
  timestamp: { type: 'timestamp without time zone', accepts: [/^timestamp\(\d\) without time zone$/] },
  timestamptz: { type: 'timestamp with time zone', accepts: [/^timestamp\(\d\) with time zone$/] },
  json: { type: 'jsonb', accepts: [/^json$/] },
  uuid: { type: 'uuid', accepts: [] },
  bytes: { type: 'bytea', accepts: [] },
};

/** The PostgreSQL type that a new column of a logical type gets, as `format_type` writes it. */
export const postgresType = (type: ColumnType): string => RENDERINGS[type].type;

/** Whether an existing column's type is the one, or one as good. */
export const isTypeAccepted = (type: ColumnType, actual: string): boolean =>
  actual === RENDERINGS[type].type || RENDERINGS[type].accepts.some((pattern) => pattern.test(actual));
