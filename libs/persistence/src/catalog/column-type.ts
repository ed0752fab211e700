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

/** What a new text column is called; both hold the same values. */
export type TextType = 'character varying' | 'text';

/** The PostgreSQL type that a new column of a logical type gets, as `format_type` writes it. */
export const postgresType = (type: ColumnType, textType: TextType = 'character varying'): string =>
  type === 'string' ? textType : RENDERINGS[type].type;

/** Whether an existing column's type is the one, or one as good. */
export const isTypeAccepted = (type: ColumnType, actual: string): boolean =>
  actual === RENDERINGS[type].type || RENDERINGS[type].accepts.some((pattern) => pattern.test(actual));

const TEXTS = /^(text|character( varying)?(\(\d+\))?|citext|name)$/;
const NUMBERS = /^(smallint|integer|bigint|real|double precision|numeric(\(.*\))?|oid)$/;
const INSTANTS = /^timestamp(\(\d\))? with(out)? time zone$/;
/** Types beside texts that may hold the values of a logical type. What does not fit in the end, the copy itself finds. */
const TAKERS: Readonly<Record<Exclude<ColumnType, 'string'>, RegExp>> = {
  integer: NUMBERS,
  float: NUMBERS,
  decimal: NUMBERS,
  boolean: /^boolean$/,
  date: /^(date|timestamp(\(\d\))? with(out)? time zone)$/,
  timestamp: INSTANTS,
  timestamptz: INSTANTS,
  json: /^jsonb?$/,
  uuid: /^uuid$/,
  bytes: /^bytea$/,
};
/** Types of PostgreSQL that have a logical type; others, such as enumerations, read whatever text they understand. */
const KNOWN = [TEXTS, ...Object.values(TAKERS)];

/** Whether values of a logical type may go into an existing column. Text may go anywhere: the column's type reads it. */
export const isAssignable = (type: ColumnType, actual: string): boolean =>
  type === 'string' || TEXTS.test(actual) || TAKERS[type].test(actual) || !KNOWN.some((pattern) => pattern.test(actual));
