import type { StagedTable } from '@app/platform';
import type { CatalogTable } from '../catalog/catalog';
import { assertUsable } from '../catalog/table-shape';
import { CatalogMismatchError } from '../warehouse/warehouse-errors';

/**
 * Checks that every staged column has a place in its target. Tables that do not exist yet will be made from their shape.
 * @throws {ShapeInvalidError | CatalogMismatchError} naming every problem at once
 */
export function assertFits(schema: string, tables: readonly StagedTable[], targets: ReadonlyMap<string, CatalogTable>): void {
  assertUsable(
    schema,
    tables.map(({ table }) => table),
  );
  const unknown = tables.flatMap(({ table }) => {
    const target = targets.get(table.name);
    if (target === undefined) return [];
    const names = new Set(target.columns.map(({ name }) => name));
    return table.columns.filter(({ name }) => !names.has(name)).map(({ name }) => `"${table.name}"."${name}"`);
  });
  if (unknown.length > 0) throw new CatalogMismatchError(schema, unknown);
}

export const tableNames = (tables: readonly StagedTable[]): string[] => tables.map(({ table }) => table.name);
