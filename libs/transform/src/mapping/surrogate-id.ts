import { quoteLiteral } from '../sql-text';

/** Hexadecimal digits of the hash that make an id: 52 bits, so that an id is exact as a JSON number (below 2^53). */
const ID_HEX_DIGITS = 13;

/**
 * A text that is equal exactly for equal tuples (every component is preceded by its length) and null when a component is null.
 */
export function tupleKey(components: readonly string[]): string {
  return components.map((component) => `(length(${component}) || ':' || ${component})`).join(' || ');
}

/**
 * A query of `key` and `id` for all distinct keys of a source. The id depends on the target column and the tuple alone: the
 * leading bits of their SHA-256. Tuples that share them are told apart by their rank in text order.
 */
export function surrogateIdSql(source: string, key: string, target: string): string {
  return `with tuples as (select distinct ${key} as key from ${source} where ${key} is not null),
    hashed as (select key, ${hash(target, '0')} as first_id from tuples),
    ranked as (select key, first_id, row_number() over (partition by first_id order by key) - 1 as rank from hashed)
    select key, case when rank = 0 then first_id else ${hash(target, 'rank')} end as id from ranked`;
}

function hash(target: string, rank: string): string {
  const seed = `${quoteLiteral(`${target.length}:${target}`)} || key || '#' || ${rank}`;
  return `cast('0x' || left(sha256(${seed}), ${ID_HEX_DIGITS}) as bigint)`;
}
