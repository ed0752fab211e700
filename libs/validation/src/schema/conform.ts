import { AppError, type Column, type ColumnType } from '@app/platform';
import type { SchemaColumn, TableSchema } from './table-schema';

/** Rows, or their columns, that do not keep to a schema which is enforced. */
export class SchemaValidationError extends AppError {
  readonly code = 'input-invalid';
  constructor(reason: string) {
    super(`Schema validation failed: ${reason}`);
  }
}

export interface ConformOptions {
  /** Refuses what would otherwise be mended and counted. */
  readonly strict: boolean;
  /** Keeps columns that the schema does not list, behind those that it does. */
  readonly allowExtraColumns: boolean;
}

/** One column of the result, and where its values come from. */
export interface ConformedColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Null for a column that the data lacks. */
  readonly source: Column | null;
  /** Fills nulls, and values that cannot be converted; null fills nothing. */
  readonly default: SchemaColumn['default'];
  readonly nullable: boolean;
}

/** How to make rows keep to a schema. Pure data, for an engine to carry out: it streams whatever the engine streams. */
export interface Conformance {
  readonly columns: readonly ConformedColumn[];
  /** What was mended already, by comparing columns. */
  readonly warnings: readonly string[];
}

/**
 * Fits columns of data to a schema: missing ones are added with their default, extra ones are kept at the end or dropped, and
 * the order is the schema's. What a column was called before (`renamed_from`) is used where its name is missing.
 *
 * @throws {SchemaValidationError} when strict, for missing columns and for extra ones that are not allowed
 */
export function conform(schema: TableSchema, data: readonly Column[], { strict, allowExtraColumns }: ConformOptions): Conformance {
  const byName = new Map(data.map((column) => [column.name, column]));
  const columns = schema.columns.map((column): ConformedColumn => {
    const former = column.renamed_from === null ? undefined : byName.get(column.renamed_from);
    const source = byName.get(column.name) ?? former ?? null;
    return { name: column.name, type: column.dtype, source, default: column.default, nullable: column.nullable };
  });
  const used = new Set(columns.flatMap(({ name, source }) => [name, ...(source ? [source.name] : [])]));
  const extra = data.filter(({ name }) => !used.has(name));
  const missing = columns.filter(({ source }) => source === null).map(({ name }) => name);
  const warnings: string[] = [];
  if (missing.length > 0) {
    if (strict) throw new SchemaValidationError(`Missing required columns: ${set(missing)}`);
    warnings.push(`Missing columns were added: ${set(missing)}`);
  }
  if (extra.length > 0 && !allowExtraColumns) {
    const names = set(extra.map(({ name }) => name));
    if (strict) throw new SchemaValidationError(`Extra columns not allowed: ${names}`);
    warnings.push(`Extra columns were dropped: ${names}`);
  }
  const further = allowExtraColumns
    ? extra.map((source): ConformedColumn => ({ name: source.name, type: source.type, source, default: null, nullable: true }))
    : [];
  return { columns: [...columns, ...further], warnings };
}

const set = (names: readonly string[]): string => `{${names.map((name) => `'${name}'`).join(', ')}}`;
