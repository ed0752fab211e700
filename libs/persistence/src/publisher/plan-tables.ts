import type { Column, StagedTable } from '@app/platform';
import { describeTables, type CatalogColumn, type CatalogTable } from '../catalog/catalog';
import { postgresType } from '../catalog/column-type';
import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import { createMissing } from '../catalog/schema-creator';
import { fitTable } from '../catalog/table-fit';
import { SCD2_COLUMNS } from '../strategies/scd2/scd2-columns';
import type { AbsentRows } from '../strategies/upsert/absent-rows';
import type { SchemaEvolution, WriteStrategy } from '../strategies/write-strategy';
import type { Session } from '../warehouse/warehouse';
import type { LoadRequest } from './publication';
import { createsTable, evolutionOf, ignoresNothing, strategyOf, textTypeOf } from './table-options';
import { readVersion, type TableVersion } from './table-version';
import { assertFits, assertRequest, tableNames } from './targets';

/** A locked target and what shall become of it. */
export interface PlannedTable {
  readonly staged: StagedTable;
  readonly target: CatalogTable;
  readonly strategy: WriteStrategy;
  readonly evolution: SchemaEvolution;
  /** Made in this transaction. */
  readonly isNew: boolean;
  /** Added in this transaction to a table that was there. */
  readonly addedColumns: readonly string[];
  /** Of the target: those that get staged values, in staged order. */
  readonly columns: readonly CatalogColumn[];
  /** Staged columns that have no place. */
  readonly discarded: readonly Column[];
  /** Only for tables that are replaced by comparison; others may be too large to look at. */
  readonly before: TableVersion | null;
  /** Only for tables that come with the keys of their source. */
  readonly absent: AbsentRows | null;
}

/**
 * Makes missing tables and columns, locks all targets in an order that is the same for everybody, and looks at each. A table
 * for which there is nothing to do and that does not exist is null. In the order of the request.
 */
export async function planTables(session: Session, request: LoadRequest): Promise<(PlannedTable | null)[]> {
  const { schema, tables } = request;
  assertRequest(request);
  const existing = await describeTables(session, schema, tableNames(tables));
  assertFits(request, existing);
  const missing = tables.filter((staged) => !existing.has(staged.table.name) && isMade(request, staged));
  await createTables(session, request, missing);
  const present = tables.filter(({ table }) => existing.has(table.name) || tableNames(missing).includes(table.name));
  for (const name of tableNames(present).sort()) {
    const mode = isEvolved(request, existing.get(name), tables) ? 'access exclusive' : lockMode(strategyOf(request, name));
    await session.query(`lock table only ${qualifiedName(schema, name)} in ${mode} mode`);
  }
  const locked = await describeTables(session, schema, tableNames(present));
  assertFits(request, locked);
  const added = await addColumns(session, request, locked);
  const targets = added.size === 0 ? locked : await describeTables(session, schema, tableNames(present));
  const planned: (PlannedTable | null)[] = [];
  for (const staged of tables) {
    const { name } = staged.table;
    const target = targets.get(name);
    const isNew = !existing.has(name);
    planned.push(target === undefined ? null : await planTable(session, request, staged, target, isNew, added.get(name) ?? []));
  }
  return planned;
}

async function planTable(
  session: Session,
  request: LoadRequest,
  staged: StagedTable,
  target: CatalogTable,
  isNew: boolean,
  addedColumns: readonly string[],
): Promise<PlannedTable> {
  const { columns, unknown } = fitTable(staged.table, target);
  const strategy = strategyOf(request, target.name);
  const before = strategy.kind === 'replace' ? await readVersion(session, target) : null;
  return {
    staged,
    target,
    strategy,
    evolution: evolutionOf(request, target.name),
    isNew,
    addedColumns,
    columns,
    discarded: unknown,
    before,
    absent: null,
  };
}

async function createTables(session: Session, request: LoadRequest, missing: readonly StagedTable[]): Promise<void> {
  for (const { table } of missing) {
    const strategy = strategyOf(request, table.name);
    const shape = strategy.kind === 'scd2' ? { ...table, columns: [...table.columns, ...SCD2_COLUMNS] } : table;
    await createMissing(session, request.schema, [shape], textTypeOf(strategy));
  }
}

/** By table, the columns that were added to it. Nobody waits for them to be filled: they have no value in rows that are there. */
async function addColumns(
  session: Session,
  request: LoadRequest,
  targets: ReadonlyMap<string, CatalogTable>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const added = new Map<string, readonly string[]>();
  for (const { table } of request.tables) {
    const target = targets.get(table.name);
    if (target === undefined || evolutionOf(request, table.name) !== 'evolve') continue;
    const { unknown } = fitTable(table, target);
    if (unknown.length === 0) continue;
    const textType = textTypeOf(strategyOf(request, table.name));
    const clauses = unknown.map(({ name, type }) => `add column ${quoteIdentifier(name)} ${postgresType(type, textType)}`);
    await session.query(`alter table ${qualifiedName(target.schema, target.name)} ${clauses.join(', ')}`);
    added.set(
      table.name,
      unknown.map(({ name }) => name),
    );
  }
  return added;
}

const isMade = (request: LoadRequest, { table, rows }: StagedTable): boolean => {
  const strategy = strategyOf(request, table.name);
  return createsTable(strategy) && !(rows === 0 && ignoresNothing(strategy));
};

function isEvolved(request: LoadRequest, target: CatalogTable | undefined, tables: readonly StagedTable[]): boolean {
  if (target === undefined || evolutionOf(request, target.name) !== 'evolve') return false;
  return tables.some(({ table }) => table.name === target.name && fitTable(table, target).unknown.length > 0);
}

/** Rows behind those that are there may come from several at once; whoever compares or empties first must not be overtaken. */
const lockMode = ({ kind }: WriteStrategy): string => (kind === 'insert' || kind === 'append' ? 'row exclusive' : 'share row exclusive');
