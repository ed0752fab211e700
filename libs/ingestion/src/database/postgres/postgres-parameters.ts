import type { ParameterValue } from '../database.config';

const INT4_MAX = 2_147_483_647;

/**
 * The type a parameter is declared with, as the literal of the same value would have it: a number is one, whatever it is
 * compared with. Text takes the type of its surroundings.
 */
export function declaredType(value: ParameterValue): string {
  if (Array.isArray(value)) {
    const kinds = new Set(value.filter((item) => item !== null).map(declaredType));
    if (kinds.has('unknown') || kinds.size === 0) return 'unknown';
    return kinds.has('boolean') ? (kinds.size === 1 ? 'boolean[]' : 'unknown') : `${widest(kinds)}[]`;
  }
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'number') return 'unknown';
  if (!Number.isSafeInteger(value)) return 'numeric';
  return Math.abs(value) <= INT4_MAX ? 'integer' : 'bigint';
}

const widest = (kinds: ReadonlySet<string>): string => ['numeric', 'bigint', 'integer'].find((kind) => kinds.has(kind)) ?? 'unknown';

/** The value as PostgreSQL reads it from text. Null stays null. */
export function parameterText(value: ParameterValue): string | null {
  if (value === null) return null;
  return Array.isArray(value) ? `{${value.map(element).join(',')}}` : String(value);
}

function element(value: string | number | boolean | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value);
}
