import type { StagedTable } from '@app/platform';
import { describeTables, type CatalogTable } from '../catalog/catalog';
import { fitTable } from '../catalog/table-fit';
import type { StagingTables } from '../copy/staging-tables';
import { canCopyDirectly } from '../strategies/replace/replace';
import type { Warehouse } from '../warehouse/warehouse';
import { inParallel } from './in-parallel';
import { findLastPublished, prepareLedger, stagedContent } from './ledger';
import type { LoadedTable, LoadMode, LoadRequest, WriteControl } from './publication';
import { assertNotSuperseded } from './series';
import { ofTable, strategyOf, textTypeOf } from './table-options';
import { readVersion } from './table-version';
import { assertFits, assertRequest, tableNames } from './targets';

/** Tables copied at the same time; two streams gain up to half over one, more only queue. */
export const LOAD_CONCURRENCY = 2;

/** Prepares a publication outside its transaction, so that readers and other writers wait as little as possible. */
export class Loader {
  constructor(
    private readonly warehouse: Warehouse,
    private readonly staging: StagingTables,
  ) {}

  async load(request: LoadRequest, { signal, progress }: WriteControl): Promise<readonly LoadedTable[]> {
    const { runId, tables } = request;
    const targets = await this.targets(request);
    let done = 0;
    return inParallel(tables, LOAD_CONCURRENCY, signal, async (staged, ordinal, stop) => {
      const { name } = staged.table;
      const target = targets.get(name);
      const textType = textTypeOf(strategyOf(request, name));
      const mode = await this.decide(request, staged, target);
      const staging = mode === 'compare' ? await this.staging.fill(runId, ordinal, staged, target, textType, stop) : null;
      const sourceKeys = target && ofTable(request.sourceKeys, name)?.staged;
      const keys = sourceKeys && (await this.staging.fill(runId, tables.length + ordinal, sourceKeys, target, textType, stop));
      progress({ done: ++done, total: tables.length, note: name });
      return { table: name, mode, staging, fingerprint: staged.fingerprint, ...(keys && { keys }) };
    });
  }

  /** Whether every table is copied straight into its target. */
  async isDirect(request: LoadRequest): Promise<boolean> {
    const targets = await this.targets(request);
    for (const staged of request.tables) {
      if ((await this.decide(request, staged, targets.get(staged.table.name))) !== 'direct') return false;
    }
    return true;
  }

  /** Those that exist, by name. */
  private async targets(request: LoadRequest): Promise<ReadonlyMap<string, CatalogTable>> {
    await prepareLedger(this.warehouse);
    assertRequest(request);
    if (request.series) await assertNotSuperseded(this.warehouse, request.series);
    const targets = await describeTables(this.warehouse, request.schema, tableNames(request.tables));
    assertFits(request, targets);
    return targets;
  }

  private async decide(request: LoadRequest, staged: StagedTable, target: CatalogTable | undefined): Promise<LoadMode> {
    const strategy = strategyOf(request, staged.table.name);
    switch (strategy.kind) {
      case 'replace':
        return this.decideReplacement(staged, target);
      case 'upsert':
      case 'scd2':
      case 'key':
        return staged.rows === 0 ? 'direct' : 'compare';
      case 'truncate':
        return strategy.lock === 'table' || isBetterStaged(request, staged, target) ? 'compare' : 'direct';
      case 'insert':
      case 'append':
        return isBetterStaged(request, staged, target) ? 'compare' : 'direct';
    }
  }

  private async decideReplacement(staged: StagedTable, target: CatalogTable | undefined): Promise<LoadMode> {
    if (target === undefined) return 'direct';
    const { rows, version } = await readVersion(this.warehouse, target);
    const last = await findLastPublished(this.warehouse, target);
    if (last?.stagedContent === stagedContent(staged) && last.targetVersion === version) return 'unchanged';
    const isEmptyAndSame = rows === 0 && !lacksColumns(staged, target) && canCopyDirectly(target, staged.table.columns);
    return isEmptyAndSame ? 'direct' : 'compare';
  }
}

/** A hash that nobody brought is taken of rows beside the target. */
const isBetterStaged = (request: LoadRequest, staged: StagedTable, target: CatalogTable | undefined): boolean =>
  staged.rows > 0 &&
  (lacksColumns(staged, target) || (request.proof === 'hash' && ofTable(request.contentHashes, staged.table.name) === undefined));

/** Such columns are left out, which a copy cannot do, or added first, after which nobody shall wait for a copy. */
const lacksColumns = ({ table }: StagedTable, target: CatalogTable | undefined): boolean =>
  target !== undefined && fitTable(table, target).unknown.length > 0;
