import type { StagedTable } from '@app/platform';
import type { CatalogTable } from '../catalog/catalog';
import { fitTable } from '../catalog/table-fit';
import { assertUsable } from '../catalog/table-shape';
import { SCD2_COLUMNS } from '../strategies/scd2/scd2-columns';
import { CatalogMismatchError, StrategyInvalidError, TableMissingError } from '../warehouse/warehouse-errors';
import type { LoadRequest } from './publication';
import { createsTable, evolutionOf, ignoresNothing, keysOf, ofTable, strategyOf } from './table-options';

/** What the strategies of a request need of its tables, whatever the warehouse has. @throws {ShapeInvalidError | StrategyInvalidError} */
export function assertRequest(request: LoadRequest): void {
  assertUsable(
    request.schema,
    request.tables.map(({ table }) => table),
  );
  const problems = request.tables.flatMap(({ table }) => {
    const strategy = strategyOf(request, table.name);
    const staged = new Set(table.columns.map(({ name }) => name));
    const keys = keysOf(strategy);
    return [
      ...(strategy.kind === 'upsert' && keys.length === 0 ? ['upsert_keys required for UPSERT strategy'] : []),
      ...(strategy.kind === 'scd2' && keys.length === 0 ? [`Table "${table.name}" needs keys to tell its rows apart.`] : []),
      ...keyProblems(request, table.name, keys),
      ...keys.filter((key) => !staged.has(key)).map((key) => `Table "${table.name}" is staged without its key "${key}".`),
      ...(strategy.kind === 'scd2'
        ? SCD2_COLUMNS.filter(({ name }) => staged.has(name)).map(({ name }) => `Table "${table.name}" may not be staged with "${name}".`)
        : []),
    ];
  });
  if (problems.length > 0) throw new StrategyInvalidError(problems);
}

/**
 * Checks that the targets that exist can take the staged columns, and that those that have to exist do.
 * @throws {CatalogMismatchError} naming every column concerned
 * @throws {TableMissingError}
 */
export function assertFits(request: LoadRequest, targets: ReadonlyMap<string, CatalogTable>): void {
  const missing = request.tables.filter((staged) => !targets.has(staged.table.name) && needsTarget(request, staged));
  if (missing.length > 0) throw new TableMissingError(request.schema, tableNames(missing));
  const unknown: string[] = [];
  const mismatched: string[] = [];
  const keyTables = Object.values(request.sourceKeys ?? {}).map(({ staged }) => staged);
  for (const { table } of [...request.tables, ...keyTables]) {
    const target = targets.get(table.name);
    if (target === undefined) continue;
    const fit = fitTable(table, target);
    if (evolutionOf(request, table.name) === 'freeze') unknown.push(...fit.unknown.map(({ name }) => `"${table.name}"."${name}"`));
    mismatched.push(
      ...fit.mismatched.map(({ column, actual }) => `"${table.name}"."${column.name}" (${column.type} is staged, the table has ${actual})`),
    );
  }
  if (unknown.length > 0 || mismatched.length > 0)
    throw new CatalogMismatchError(request.schema, [...new Set(unknown)], [...new Set(mismatched)]);
}

/** Rows are found missing by the same columns by which they are updated. */
function keyProblems(request: LoadRequest, table: string, keys: readonly string[]): string[] {
  const given = ofTable(request.sourceKeys, table)?.staged.table.columns.map(({ name }) => name);
  if (given === undefined) return [];
  const isUpsert = strategyOf(request, table).kind === 'upsert';
  if (isUpsert && given.length === keys.length && given.every((name) => keys.includes(name))) return [];
  return [
    `Rows of table "${table}" that are gone from their source can be deleted by upsert only, with exactly the keys ${given.join(', ')}.`,
  ];
}

function needsTarget(request: LoadRequest, { table, rows }: StagedTable): boolean {
  const strategy = strategyOf(request, table.name);
  return !createsTable(strategy) && !(rows === 0 && ignoresNothing(strategy));
}

export const tableNames = (tables: readonly StagedTable[]): string[] => tables.map(({ table }) => table.name);
