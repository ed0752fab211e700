import type { CatalogColumn } from '../catalog/catalog';
import { quoteIdentifier } from '../catalog/identifier';

/** Between the cells of a row, where no honest text has it (ASCII unit separator). */
const SEPARATOR = 'chr(31)';
/** Hex digits of a row's MD5 that count: 60 bits, which every engine has as a whole number that is not negative. */
const HASH_DIGITS = 15;

/**
 * SQL for the content of a set of rows: the sum, over all rows, of the first 60 bits of the MD5 of the row's canonical text.
 * Equal rows in any order have an equal hash, on every machine and in every engine that renders cells the same. It finds what
 * went wrong, not who wanted it to.
 *
 * A row's text is its cells, joined by the unit separator; a null is `~`, any other cell `=` and its text.
 */
export function contentHash(columns: readonly CatalogColumn[], alias: string): string {
  const cells = columns.map((column) => `coalesce('=' || ${canonicalText(column, `${alias}.${quoteIdentifier(column.name)}`)}, '~')`);
  const digits = `left(md5(concat_ws(${[SEPARATOR, ...cells].join(', ')})), ${HASH_DIGITS})`;
  return `coalesce(sum(('x' || ${digits})::bit(${HASH_DIGITS * 4})::bigint), 0)::text`;
}

/** A value as text, the same whatever the settings of a server: dates in ISO form and UTC are set for every transaction. */
function canonicalText({ type }: CatalogColumn, value: string): string {
  if (/^numeric/.test(type)) return `trim_scale(${value})::text`;
  if (type === 'double precision' || type === 'real') return `('x' || encode(float8send(${value}), 'hex'))::bit(64)::text`;
  if (type === 'bytea') return `encode(${value}, 'hex')`;
  return `${value}::text`;
}
