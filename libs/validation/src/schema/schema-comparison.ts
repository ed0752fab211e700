import type { ColumnType } from '@app/platform';
import { isWidening } from './schema-type';
import type { SchemaColumn, TableSchema } from './table-schema';

/** What differs between two schemas, in the words of the platform's clients. */
export interface SchemaComparison {
  readonly added_columns: readonly string[];
  readonly removed_columns: readonly string[];
  readonly type_changes: readonly { readonly column: string; readonly old_type: ColumnType; readonly new_type: ColumnType }[];
  readonly nullable_changes: readonly { readonly column: string; readonly old_nullable: boolean; readonly new_nullable: boolean }[];
  readonly version_from: number;
  readonly version_to: number;
}

/** Whether what reads and writes the old schema can go on with the new one. */
export interface Compatibility {
  readonly compatible: boolean;
  /** What breaks, one sentence each; empty when nothing does. */
  readonly breaking: readonly string[];
}

/** Columns are compared by name and listed in the order of their schema; a rename is a column that goes and one that comes. */
export function compareSchemas(from: TableSchema, to: TableSchema): SchemaComparison {
  const both = kept(from, to);
  return {
    added_columns: only(to, from).map(({ name }) => name),
    removed_columns: only(from, to).map(({ name }) => name),
    type_changes: both
      .filter(({ before, after }) => before.dtype !== after.dtype)
      .map(({ before, after }) => ({ column: after.name, old_type: before.dtype, new_type: after.dtype })),
    nullable_changes: both
      .filter(({ before, after }) => before.nullable !== after.nullable)
      .map(({ before, after }) => ({ column: after.name, old_nullable: before.nullable, new_nullable: after.nullable })),
    version_from: from.version,
    version_to: to.version,
  };
}

/** Compatible: a column that is nullable or has a default is added, a type is widened, or nulls become allowed. All else breaks. */
export function compatibilityOf(from: TableSchema, to: TableSchema): Compatibility {
  const both = kept(from, to);
  const breaking = [
    ...only(from, to).map(({ name }) => `column "${name}" is removed`),
    ...only(to, from)
      .filter((column) => !column.nullable && column.default === null)
      .map(({ name }) => `new column "${name}" is not nullable and has no default`),
    ...both
      .filter(({ before, after }) => before.dtype !== after.dtype && !isWidening(before.dtype, after.dtype))
      .map(({ before, after }) => `column "${after.name}" changes from ${before.dtype} to ${after.dtype}`),
    ...both
      .filter(({ before, after }) => before.nullable && !after.nullable)
      .map(({ after }) => `column "${after.name}" no longer takes nulls`),
  ];
  return { compatible: breaking.length === 0, breaking };
}

const byName = ({ columns }: TableSchema): ReadonlyMap<string, SchemaColumn> => new Map(columns.map((column) => [column.name, column]));

function only(schema: TableSchema, other: TableSchema): SchemaColumn[] {
  const known = byName(other);
  return schema.columns.filter(({ name }) => !known.has(name));
}

function kept(from: TableSchema, to: TableSchema): { before: SchemaColumn; after: SchemaColumn }[] {
  const known = byName(from);
  return to.columns.flatMap((after) => {
    const before = known.get(after.name);
    return before ? [{ before, after }] : [];
  });
}
