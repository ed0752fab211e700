import { Injectable } from '@nestjs/common';
import type { LockRequest } from '@app/jobs';
import type { StagedTable } from '@app/platform';
import { describeTables, type CatalogTable } from '../catalog/catalog';
import { qualifiedName } from '../catalog/identifier';
import { findPublication, prepareLedger, recordPublication } from '../publisher/ledger';
import type { TableChange, WriteControl } from '../publisher/publication';
import { assertFits } from '../publisher/targets';
import { takeLocks } from '../warehouse/advisory-lock';
import { Warehouse, type Session } from '../warehouse/warehouse';
import { CatalogMismatchError } from '../warehouse/warehouse-errors';
import { appendRows, replaceRows, type RowChange } from './append/append';
import { replaceByKey } from './column-replace/column-replace';

/** `append`: behind what is there. `replace`: instead of it. `key`: instead of the rows that share these columns' values. */
export type UpdateStrategy =
  { readonly kind: 'append' } | { readonly kind: 'replace' } | { readonly kind: 'key'; readonly columns: readonly string[] };

export interface UpdateRequest {
  /** Names the update. The same id writes once, however often it is asked for. */
  readonly id: string;
  readonly schema: string;
  readonly staged: StagedTable;
  readonly strategy: UpdateStrategy;
  /** Resources held as advisory locks while writing, in the task's own words. */
  readonly locks: readonly LockRequest[];
}

/** Writes a person's rows into one table that exists: all of them in one transaction, or none. */
@Injectable()
export class TableUpdater {
  constructor(private readonly warehouse: Warehouse) {}

  /** What the update of this id wrote, or null when it has not. */
  async find(id: string): Promise<TableChange | null> {
    await prepareLedger(this.warehouse);
    return (await findPublication(this.warehouse, id))?.tables[0] ?? null;
  }

  /**
   * Writes the rows and records the id in the same transaction; asked again, it writes nothing and returns what it wrote then.
   * @throws {CatalogMismatchError | LoadFailedError | StagedRowsDifferError | WarehouseUnavailableError | WarehouseBusyError}
   */
  async update(request: UpdateRequest, { signal }: Pick<WriteControl, 'signal'>): Promise<TableChange> {
    await prepareLedger(this.warehouse);
    return this.warehouse.transaction((session) => updateWithin(session, request, signal), { signal });
  }

  /** The same for several tables, in one transaction for all of them. */
  async updateAll(requests: readonly UpdateRequest[], { signal }: Pick<WriteControl, 'signal'>): Promise<readonly TableChange[]> {
    await prepareLedger(this.warehouse);
    return this.warehouse.transaction(
      async (session) => {
        const changes: TableChange[] = [];
        for (const request of requests) changes.push(await updateWithin(session, request, signal));
        return changes;
      },
      { signal },
    );
  }
}

async function updateWithin(session: Session, request: UpdateRequest, signal: AbortSignal): Promise<TableChange> {
  const of = (mode: LockRequest['mode']): string[] => request.locks.filter((lock) => lock.mode === mode).map(({ resource }) => resource);
  await takeLocks(session, [...of('exclusive'), `publish:${request.id}`], of('shared'));
  const recorded = (await findPublication(session, request.id))?.tables[0];
  if (recorded) return recorded;
  const target = await findTarget(session, request);
  const sqlName = qualifiedName(target.schema, target.name);
  // Others may still read; whoever writes without our locks waits, so that no row slips in between deleting and inserting.
  if (request.strategy.kind !== 'append') await session.query(`lock table only ${sqlName} in share row exclusive mode`);
  const { inserted, deleted } = await write(session, request, target, signal);
  const { rows: counted } = await session.query<{ rows: string }>(`select count(*)::text as rows from only ${sqlName}`);
  const rows = Number(counted[0]?.rows);
  const change: TableChange = { table: target.name, inserted, deleted, unchanged: rows - inserted, rows };
  await recordPublication(session, request.id, [change]);
  return change;
}

async function findTarget(session: Session, { schema, staged }: UpdateRequest): Promise<CatalogTable> {
  const targets = await describeTables(session, schema, [staged.table.name]);
  assertFits(schema, [staged], targets);
  const target = targets.get(staged.table.name);
  if (target) return target;
  throw new CatalogMismatchError(
    schema,
    staged.table.columns.map(({ name }) => `"${staged.table.name}"."${name}"`),
  );
}

function write(session: Session, { staged, strategy }: UpdateRequest, target: CatalogTable, signal: AbortSignal): Promise<RowChange> {
  switch (strategy.kind) {
    case 'append':
      return appendRows(session, target, staged, signal);
    case 'replace':
      return replaceRows(session, target, staged, signal);
    case 'key':
      return replaceByKey(session, target, staged, strategy.columns, signal);
  }
}
