import type { Value } from '../expressions/value';
import type { ExactNumbers } from './exact-numbers';
import type { StepColumn } from './step';

/** A column as values of its type, whatever form it is in. */
export function valueOf(column: StepColumn, exact: ExactNumbers): Value {
  const { sql, type, text } = column;
  return text ? { sql: readText(column, exact), type } : { sql, type };
}

function readText(column: StepColumn, exact: ExactNumbers): string {
  const { sql, type } = column;
  switch (type) {
    case 'string':
      return sql;
    case 'integer':
      return `cast(${sql} as bigint)`;
    case 'float':
      return `cast(${sql} as double)`;
    case 'decimal':
      return `cast(${sql} as ${exact.typeOf(column)})`;
    case 'bytes':
      // One prefix for all bytes, as PostgreSQL writes them, or one for each, as the engine does.
      return String.raw`unhex(replace(${sql}, '\x', ''))`;
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'timestamptz':
    case 'json':
    case 'uuid':
      return `cast(${sql} as ${type})`;
  }
}
