import { Injectable } from '@nestjs/common';
import type { LockRequest } from '@app/jobs';
import type { StagedTable } from '@app/platform';
import { findPublication, prepareLedger, recordPublication } from '../publisher/ledger';
import { planTables } from '../publisher/plan-tables';
import type { TableChange, WriteControl } from '../publisher/publication';
import { TableWriter } from '../publisher/table-writer';
import { takeLocks } from '../warehouse/advisory-lock';
import { Warehouse, type Session } from '../warehouse/warehouse';
import { TableMissingError } from '../warehouse/warehouse-errors';
import type { WriteStrategy } from './write-strategy';

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
   * @throws {TableMissingError | CatalogMismatchError | LoadFailedError | StagedRowsDifferError | WarehouseUnavailableError | WarehouseBusyError}
   */
  async update(request: UpdateRequest, { signal }: Pick<WriteControl, 'signal'>): Promise<TableChange> {
    await prepareLedger(this.warehouse);
    return this.warehouse.transaction((session) => updateWithin(session, request, 0, signal), { signal });
  }

  /** The same for several tables, in one transaction for all of them. */
  async updateAll(requests: readonly UpdateRequest[], { signal }: Pick<WriteControl, 'signal'>): Promise<readonly TableChange[]> {
    await prepareLedger(this.warehouse);
    return this.warehouse.transaction(
      async (session) => {
        const changes: TableChange[] = [];
        for (const [ordinal, request] of requests.entries()) changes.push(await updateWithin(session, request, ordinal, signal));
        return changes;
      },
      { signal },
    );
  }
}

async function updateWithin(session: Session, request: UpdateRequest, ordinal: number, signal: AbortSignal): Promise<TableChange> {
  const { id, schema, staged, locks } = request;
  const of = (mode: LockRequest['mode']): string[] => locks.filter((lock) => lock.mode === mode).map(({ resource }) => resource);
  await takeLocks(session, [...of('exclusive'), `publish:${id}`], of('shared'));
  const recorded = (await findPublication(session, id))?.tables[0];
  if (recorded) return recorded;
  const [plan] = await planTables(session, { runId: id, schema, tables: [staged], strategy: toWriteStrategy(request.strategy) });
  // A person's rows never make a table; what was made ends with the transaction.
  if (!plan || plan.isNew) throw new TableMissingError(schema, [staged.table.name]);
  const { change } = await new TableWriter(session, { runId: id, loaded: [], differenceLimit: 0 }).write(plan, ordinal, signal);
  await recordPublication(session, id, [change]);
  return change;
}

function toWriteStrategy(strategy: UpdateStrategy): WriteStrategy {
  switch (strategy.kind) {
    case 'append':
      return { kind: 'insert' };
    case 'replace':
      return { kind: 'truncate', onEmpty: 'truncate' };
    case 'key':
      return strategy;
  }
}
