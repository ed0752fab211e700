import { replaceNamedParameters, withoutTerminator } from '@app/platform';
import { constantValue } from '../expressions/value';
import type { TransformFault } from '../transform.errors';

/** What the query calls the rows that come in. */
export const INPUT_DATA = 'input_data';
/** Stands for `input_data`, as in the original. */
const TABLE_NAME = 'table_name';

/**
 * The query with its `:name` parameters as constants of their types, and without what may stand behind its end. Parameters in
 * literals and comments are none; values without a parameter are ignored.
 */
export function bindParameters(query: string, parameters: Readonly<Record<string, unknown>>): { sql: string; faults: TransformFault[] } {
  const faults = new Map<string, TransformFault>();
  const sql = replaceNamedParameters(
    withoutTerminator(query, 'duckdb'),
    (name) => {
      if (name === TABLE_NAME) return INPUT_DATA;
      const value = Object.hasOwn(parameters, name) ? constant(parameters[name]) : undefined;
      if (value !== undefined && value !== null) return value;
      const message = value === null ? 'an object cannot be a parameter' : `A value is required for bind parameter '${name}'`;
      faults.set(name, { path: `parameters.${name}`, message });
      return 'null';
    },
    'duckdb',
  );
  return { sql, faults: [...faults.values()] };
}

/** Null for what has no constant. */
function constant(value: unknown): string | null {
  if (Array.isArray(value)) {
    const items = (value as readonly unknown[]).map(constant);
    return items.includes(null) ? null : `[${items.join(', ')}]`;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return constantValue(value).sql;
  return typeof value === 'number' ? constantValue(value).sql : null;
}
