import type { StagedTable } from '@app/platform';
import type { Pool } from 'pg';
import { runAfterSql } from '../publisher/after-sql';
import type { LoadedTable, LoadRequest, Publication, PublishRequest, TableChange, WriteControl } from '../publisher/publication';
import { assertPlausible, DEFAULT_SHRINK_LIMITS } from '../publisher/shrink-brake';
import { assertGrants } from '../publisher/table-access';
import { strategyOf } from '../publisher/table-options';
import type { PublishOptions, TargetPublisher } from '../publisher/target-publisher';
import { RedshiftDatabase, type RedshiftSession } from './redshift-database';
import { assertNotSuperseded, findPublication, findWatermark, lockLedger, prepareLedger, recordPublication } from './redshift-ledger';
import { assertWritable } from './redshift-request';
import type { CopySource } from './redshift-sql';
import type { PartStore } from './load-parts';
import { StagedParts, type TableParts } from './staged-parts';
import { countRows, nullCells, TableLoad, type PreparedTable } from './table-load';

export interface RedshiftSettings extends CopySource {
  readonly parts: PartStore;
}

/** TRUNCATE commits at once in Redshift. */
const COMMITTING_KEYWORDS = ['truncate'];

/**
 * Publishes into a Redshift cluster: parts in a bucket, then one transaction for all tables. A table that is replaced is
 * filled beside the old one and swapped in, since TRUNCATE would commit at once; views that are bound to it forbid that.
 * Publications of a cluster take turns.
 */
export class RedshiftPublisher implements TargetPublisher {
  private readonly database: RedshiftDatabase;
  private readonly staged: StagedParts;

  constructor(
    pool: Pool,
    private readonly settings: RedshiftSettings,
  ) {
    this.database = new RedshiftDatabase(pool);
    this.staged = new StagedParts(this.database, settings.parts);
  }

  /**
   * Writes the parts of all tables and a manifest each; what an earlier attempt finished stays. Tables are not touched.
   * @throws {StrategyInvalidError | CatalogMismatchError | TableMissingError | StagedRowsDifferError | WarehouseUnavailableError}
   */
  async load(request: LoadRequest, { signal, progress }: WriteControl): Promise<readonly LoadedTable[]> {
    assertWritable(request);
    const loaded: LoadedTable[] = [];
    for (const [index, staged] of request.tables.entries()) {
      await this.prepare(request, staged, signal);
      loaded.push({ table: staged.table.name, mode: 'direct', staging: staged.table.name, fingerprint: staged.fingerprint });
      progress({ done: index + 1, total: request.tables.length, note: staged.table.name });
    }
    return loaded;
  }

  /**
   * Scratch tables, a COPY for each table, swaps, and the record of the publication, all in one transaction.
   * @throws {LoadFailedError} naming line, column and reason of what the cluster refused
   * @throws {CatalogMismatchError | TableMissingError | StrategyInvalidError | ShrinkRefusedError | SupersededError}
   * @throws {StagedRowsDifferError | WarehouseUnavailableError | WarehouseBusyError}
   */
  async publish(request: PublishRequest, control: WriteControl): Promise<Publication> {
    await prepareLedger(this.database);
    const { signal } = control;
    const tables = await this.prepareAll(request, signal);
    const options = { signal, rollback: request.dryRun };
    return this.database.transaction((session) => this.publishWithin(session, request, tables, control), options);
  }

  /** As {@link publish}, for several: all are committed together, or none. */
  async publishAll(requests: AsyncIterable<PublishRequest>, { dryRun, ...control }: PublishOptions): Promise<Publication[]> {
    await prepareLedger(this.database);
    const { signal } = control;
    const work = async (session: RedshiftSession): Promise<Publication[]> => {
      const publications: Publication[] = [];
      for await (const request of requests) {
        const tables = await this.prepareAll(request, signal);
        publications.push(await this.publishWithin(session, request, tables, control));
      }
      return publications;
    };
    return this.database.transaction(work, { signal, rollback: dryRun });
  }

  async isPublished(runId: string): Promise<boolean> {
    await prepareLedger(this.database);
    return (await findPublication(this.database, runId)) !== null;
  }

  async watermark(series: string): Promise<unknown> {
    await prepareLedger(this.database);
    return findWatermark(this.database, series);
  }

  /** The cluster does so by itself after a COPY. */
  analyze(): Promise<void> {
    return Promise.resolve();
  }

  discard(runId: string): Promise<void> {
    return this.staged.discard(runId);
  }

  /** Removes parts that are more than a day old. Returns how many publications they were of. */
  sweep(aliveRunIds: Iterable<string>): Promise<number> {
    return this.staged.sweep(aliveRunIds);
  }

  private async prepareAll(request: PublishRequest, signal: AbortSignal): Promise<PreparedTable[]> {
    assertWritable(request);
    if (request.access) assertGrants(request.access);
    const tables: PreparedTable[] = [];
    for (const staged of request.tables) tables.push({ staged, parts: await this.prepare(request, staged, signal) });
    return tables;
  }

  private async prepare({ runId, schema }: LoadRequest, staged: StagedTable, signal: AbortSignal): Promise<TableParts> {
    return this.staged.open(runId, staged, await nullCells(this.database, schema, staged.table), signal);
  }

  private async publishWithin(
    session: RedshiftSession,
    request: PublishRequest,
    prepared: readonly PreparedTable[],
    control: WriteControl,
  ): Promise<Publication> {
    const { runId, series, dryRun, afterSql } = request;
    await lockLedger(session);
    const recorded = await findPublication(session, runId);
    if (recorded) return { ...recorded, alreadyPublished: true, differences: {} };
    if (series) await assertNotSuperseded(session, series);
    if (!request.allowShrink) await assertKeepsRows(session, request);
    const loads = prepared.map((table) => new TableLoad(session, this.database, request, table, this.settings));
    const tables = await writeAll(loads, control);
    if (afterSql !== undefined) await runAfterSql(session, afterSql, COMMITTING_KEYWORDS);
    const publishedAt = new Date().toISOString();
    await recordPublication(session, runId, { publishedAt, tables, series });
    return { tables, publishedAt: dryRun ? null : publishedAt, alreadyPublished: false, differences: {} };
  }
}

/** First all rows beside the tables that are replaced, then all swaps: readers wait for as short as can be. */
async function writeAll(loads: readonly TableLoad[], { signal, progress }: WriteControl): Promise<TableChange[]> {
  for (const load of loads) await load.prepare();
  const tables: TableChange[] = [];
  for (const [index, load] of loads.entries()) {
    signal.throwIfAborted();
    tables.push(await load.copy());
    progress({ done: index + 1, total: loads.length, note: load.name });
  }
  for (const load of loads) await load.swap();
  return tables;
}

/** Only tables that hold exactly what was extracted have the brake. @throws {ShrinkRefusedError} */
async function assertKeepsRows(session: RedshiftSession, request: PublishRequest): Promise<void> {
  const compared = request.tables.filter(({ table }) => strategyOf(request, table.name).kind === 'replace');
  const changes = [];
  for (const { table, rows } of compared) {
    changes.push({ table: table.name, from: await countRows(session, { schema: request.schema, name: table.name }), to: rows });
  }
  assertPlausible(changes, request.shrinkLimits ?? DEFAULT_SHRINK_LIMITS);
}
