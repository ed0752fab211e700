import type { StagedTable } from '@app/platform';
import { describeTables, type CatalogTable } from '../catalog/catalog';
import type { StagingTables } from '../copy/staging-tables';
import { canCopyDirectly } from '../strategies/replace/replace';
import type { Warehouse } from '../warehouse/warehouse';
import { findLastPublished, prepareLedger, stagedContent } from './ledger';
import type { LoadedTable, LoadMode, LoadRequest, WriteControl } from './publication';
import { readVersion } from './table-version';
import { assertFits, tableNames } from './targets';
import { inParallel } from './in-parallel';

/** Tables copied at the same time; two streams gain up to half over one, more only queue. */
export const LOAD_CONCURRENCY = 2;

/** Prepares a publication outside its transaction, so that readers and other writers wait as little as possible. */
export class Loader {
  constructor(
    private readonly warehouse: Warehouse,
    private readonly staging: StagingTables,
  ) {}

  async load({ runId, schema, tables }: LoadRequest, { signal, progress }: WriteControl): Promise<readonly LoadedTable[]> {
    await prepareLedger(this.warehouse);
    const targets = await describeTables(this.warehouse, schema, tableNames(tables));
    assertFits(schema, tables, targets);
    let done = 0;
    return inParallel(tables, LOAD_CONCURRENCY, signal, async (staged, ordinal, stop) => {
      const target = targets.get(staged.table.name);
      const mode = await this.decide(staged, target);
      const staging = mode === 'compare' && target !== undefined ? await this.staging.fill(runId, ordinal, staged, target, stop) : null;
      progress({ done: ++done, total: tables.length, note: staged.table.name });
      return { table: staged.table.name, mode, staging, fingerprint: staged.fingerprint };
    });
  }

  private async decide(staged: StagedTable, target: CatalogTable | undefined): Promise<LoadMode> {
    if (target === undefined) return 'direct';
    const { rows, version } = await readVersion(this.warehouse, target);
    const last = await findLastPublished(this.warehouse, target);
    if (last?.stagedContent === stagedContent(staged) && last.targetVersion === version) return 'unchanged';
    return rows === 0 && canCopyDirectly(target, staged) ? 'direct' : 'compare';
  }
}
