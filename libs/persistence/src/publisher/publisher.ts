import { Injectable } from '@nestjs/common';
import type { LockRequest } from '@app/jobs';
import { qualifiedName } from '../catalog/identifier';
import { StagingTables } from '../copy/staging-tables';
import { takeLocks } from '../warehouse/advisory-lock';
import { Warehouse, type Session } from '../warehouse/warehouse';
import { runAfterSql } from './after-sql';
import { findPublication, prepareLedger, recordPublication } from './ledger';
import { inParallel } from './in-parallel';
import { Loader } from './loader';
import { planTables, type PlannedTable } from './plan-tables';
import type { LoadedTable, LoadRequest, Publication, PublishRequest, TableChange, WriteControl } from './publication';
import { assertNotSuperseded, findSeries, recordSeries } from './series';
import { assertPlausible, DEFAULT_SHRINK_LIMITS, type RowCountChange } from './shrink-brake';
import { assertGrants, giveAccess } from './table-access';
import { TableWriter, type TableOutcome } from './table-writer';
import type { PublishOptions, TargetPublisher } from './target-publisher';
import { tableNames } from './targets';
import { withAbsentRows } from './with-absent-rows';

/** Rows of the difference that a dry run returns per table, unless asked otherwise. */
export const DIFFERENCE_LIMIT_ROWS = 1000;
/** A table is analysed after a publication that wrote more than this share of its rows. */
export const ANALYZE_CHANGED_SHARE = 0.1;
/** Tables analysed at the same time. */
const ANALYZE_CONCURRENCY = 2;

/** Publishes the tables of a run: all of them in one transaction, or none. */
@Injectable()
export class Publisher implements TargetPublisher {
  private readonly staging: StagingTables;
  private readonly loader: Loader;

  constructor(private readonly warehouse: Warehouse) {
    this.staging = new StagingTables(warehouse);
    this.loader = new Loader(warehouse, this.staging);
  }

  /**
   * Decides for each table what publishing it takes, and copies into unlogged staging what has to be compared. Targets are
   * not touched. A second call does everything anew and returns the same. Results are in the order of the tables.
   * @throws {CatalogMismatchError | LoadFailedError | StagedRowsDifferError | WarehouseUnavailableError}
   */
  load(request: LoadRequest, control: WriteControl): Promise<readonly LoadedTable[]> {
    return this.loader.load(request, control);
  }

  /**
   * Makes every target hold exactly its staged rows, writing only rows that differ; target columns that are not staged
   * become null, and missing tables are made. Readers see the old state of all tables or the new one, and are never
   * blocked; other writers wait. A run that has published before writes nothing and returns what was recorded then.
   * @throws {ShrinkRefusedError} before anything is written, unless allowed
   * @throws {SupersededError | WatermarkMovedError} when something newer of its series is published
   * @throws {CatalogMismatchError | LoadFailedError | StagedRowsDifferError | WarehouseUnavailableError | WarehouseBusyError}
   */
  async publish(request: PublishRequest, control: WriteControl): Promise<Publication> {
    await prepareLedger(this.warehouse);
    const options = { signal: control.signal, rollback: request.dryRun };
    return this.warehouse.transaction((session) => this.publishWithin(session, request, control), options);
  }

  /**
   * As {@link publish}, for several: all are committed together, or none. What a request leads to is seen by those after it.
   * @throws what `publish` throws, at the first request that cannot be published
   */
  async publishAll(requests: AsyncIterable<PublishRequest>, { dryRun, ...control }: PublishOptions): Promise<Publication[]> {
    await prepareLedger(this.warehouse);
    const work = async (session: Session): Promise<Publication[]> => {
      const publications: Publication[] = [];
      for await (const request of requests) publications.push(await this.publishWithin(session, request, control));
      return publications;
    };
    return this.warehouse.transaction(work, { signal: control.signal, rollback: dryRun });
  }

  /** Whether all tables would be copied straight into their targets, so that `publish` may begin while they are still being staged. */
  isDirect(request: LoadRequest): Promise<boolean> {
    return this.loader.isDirect(request);
  }

  /** Whether the publication of this id was committed. */
  async isPublished(runId: string): Promise<boolean> {
    await prepareLedger(this.warehouse);
    return (await findPublication(this.warehouse, runId)) !== null;
  }

  /** What the last publication of a series stated to continue from; null when none did. */
  async watermark(series: string): Promise<unknown> {
    await prepareLedger(this.warehouse);
    return (await findSeries(this.warehouse, series))?.watermark ?? null;
  }

  /**
   * Renews the statistics of tables that a publication changed by more than a tenth; autovacuum would get to it within a
   * minute or so. Nobody needs to wait for it: it costs up to a fifth of a load, and its failure changes nothing.
   */
  async analyze(schema: string, tables: readonly TableChange[]): Promise<void> {
    const changed = tables.filter(({ inserted, deleted, rows }) => rows === null || inserted + deleted > rows * ANALYZE_CHANGED_SHARE);
    await inParallel(changed, ANALYZE_CONCURRENCY, new AbortController().signal, ({ table }) =>
      this.warehouse.query(`analyze ${qualifiedName(schema, table)}`),
    );
  }

  /** Drops what `load` staged for a run, once it is published or given up. None is fine. */
  discard(runId: string): Promise<void> {
    return this.staging.discard(runId);
  }

  /** Drops what was staged for any run that is not among those alive. Returns the number of tables. */
  sweep(aliveRunIds: Iterable<string>): Promise<number> {
    return this.staging.sweep(aliveRunIds);
  }

  private async publishWithin(session: Session, request: PublishRequest, control: WriteControl): Promise<Publication> {
    const { runId, dryRun, series, shrinkLimits = DEFAULT_SHRINK_LIMITS } = request;
    if (request.access) assertGrants(request.access);
    const held = (mode: LockRequest['mode']): string[] =>
      request.locks.filter((lock) => lock.mode === mode).map(({ resource }) => resource);
    const own = [`publish:${runId}`, ...(series ? [`series:${series.name}`] : [])];
    await takeLocks(session, [...held('exclusive'), ...own], held('shared'));
    const recorded = await findPublication(session, runId);
    if (recorded !== null) return { ...recorded, publishedAt: recorded.publishedAt.toISOString(), alreadyPublished: true, differences: {} };
    if (series) await assertNotSuperseded(session, series);
    const planned = await withAbsentRows(session, await planTables(session, request), request, control.signal);
    if (!request.allowShrink)
      assertPlausible(
        planned.flatMap((plan) => toRowCountChange(plan, plan?.staged.rows)),
        shrinkLimits,
      );
    const differenceLimit = dryRun ? (request.differenceLimit ?? DIFFERENCE_LIMIT_ROWS) : 0;
    const writer = new TableWriter(session, { ...request, differenceLimit });
    const tables: TableChange[] = [];
    const differences: Record<string, Publication['differences'][string]> = {};
    for (const [ordinal, plan] of planned.entries()) {
      control.signal.throwIfAborted();
      const name = tableNames(request.tables)[ordinal] ?? '';
      const outcome = plan === null ? nothing(name) : await writer.write(plan, ordinal, control.signal);
      tables.push(outcome.change);
      if (dryRun) differences[name] = outcome.differences;
      control.progress({ done: ordinal + 1, total: planned.length, note: name });
    }
    // Once more with what became of them: rows may have been left out on the way.
    if (!request.allowShrink)
      assertPlausible(
        planned.flatMap((plan, ordinal) => toRowCountChange(plan, tables[ordinal]?.rows)),
        shrinkLimits,
      );
    for (const plan of planned) if (plan && request.access) await giveAccess(session, plan.target.schema, plan.target.name, request.access);
    if (request.afterSql !== undefined) await runAfterSql(session, request.afterSql);
    const watermark = await (request.complete?.() ?? series?.watermark);
    const publishedAt = await recordPublication(session, runId, tables);
    if (series) await recordSeries(session, runId, { ...series, watermark });
    return { tables, publishedAt: dryRun ? null : publishedAt.toISOString(), alreadyPublished: false, differences };
  }
}

/** A table that does not exist, and no row to make it for. */
const nothing = (table: string): TableOutcome => ({
  change: { table, inserted: 0, deleted: 0, unchanged: 0, rows: 0, warnings: ['There is no such table, and there were no rows for it.'] },
  differences: [],
});

/** Only for tables that are replaced by comparison, and for those that lose the rows whose keys are gone: of these, what is lost. */
function toRowCountChange(plan: PlannedTable | null, to: number | null | undefined): RowCountChange[] {
  if (plan?.absent) return [{ table: plan.target.name, from: plan.absent.before, to: plan.absent.before - plan.absent.count }];
  return plan?.before ? [{ table: plan.target.name, from: plan.before.rows, to: to ?? 0 }] : [];
}
