import type { StagedTable } from '@app/platform';
import type { Pool } from 'pg';
import { qualifiedName } from '../catalog/identifier';
import type { LoadedTable, LoadRequest, Publication, PublishRequest, TableChange, WriteControl } from '../publisher/publication';
import { evolutionOf, strategyOf } from '../publisher/table-options';
import type { TargetPublisher } from '../publisher/target-publisher';
import { CatalogMismatchError, StagedRowsDifferError, StrategyInvalidError, TableMissingError } from '../warehouse/warehouse-errors';
import { explainCopy } from './load-errors';
import { nullTokenOf, type PartStore } from './load-parts';
import { copiedPrivileges } from './privileges';
import { RedshiftDatabase, type RedshiftSession } from './redshift-database';
import { assertNotSuperseded, findPublication, findWatermark, lockLedger, prepareLedger, recordPublication } from './redshift-ledger';
import { copy, createScratch, grantee, scratchName, swap, type BucketAccess, type Grant, type RedshiftTable } from './redshift-sql';
import { StagedParts, type TableParts } from './staged-parts';

export interface RedshiftSettings {
  readonly parts: PartStore;
  readonly access: BucketAccess;
  /** Of tables that take the place of the old ones; null leaves that to the cluster. */
  readonly owner: string | null;
  /** On such tables, beside what the old ones granted. */
  readonly grants: readonly Grant[];
}

/** A table of a publication with its parts. */
interface Planned {
  readonly staged: StagedTable;
  readonly table: RedshiftTable;
  readonly parts: TableParts;
  /** Takes the place of what is there, instead of coming behind it. */
  readonly replaces: boolean;
}

/**
 * Publishes into a Redshift cluster: parts in a bucket, then one transaction for all tables. A table that is replaced is
 * filled beside the old one and swapped in, since TRUNCATE would commit at once; views that are bound to it forbid that.
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

  /** Writes the parts of all tables and a manifest each; what an earlier attempt finished stays. Tables are not touched. */
  async load(request: LoadRequest, { signal, progress }: WriteControl): Promise<readonly LoadedTable[]> {
    assertWritable(request);
    const loaded: LoadedTable[] = [];
    for (const [index, staged] of request.tables.entries()) {
      await this.staged.write(request.runId, staged, signal);
      loaded.push({ table: staged.table.name, mode: 'direct', staging: staged.table.name, fingerprint: staged.fingerprint });
      progress({ done: index + 1, total: request.tables.length, note: staged.table.name });
    }
    return loaded;
  }

  async publish(request: PublishRequest, { signal, progress }: WriteControl): Promise<Publication> {
    assertWritable(request);
    await prepareLedger(this.database);
    const planned: Planned[] = [];
    for (const staged of request.tables) planned.push(await this.plan(request, staged, signal));
    return this.database.transaction(
      async (session) => {
        await lockLedger(session);
        const recorded = await findPublication(session, request.runId);
        if (recorded) return { ...recorded, alreadyPublished: true, differences: {} };
        if (request.series) await assertNotSuperseded(session, request.series);
        const tables = await this.write(session, request.runId, planned, { signal, progress });
        if (request.afterSql !== undefined) await session.query(request.afterSql);
        const publishedAt = new Date().toISOString();
        await recordPublication(session, request.runId, { publishedAt, tables, series: request.series });
        return { tables, publishedAt: request.dryRun ? null : publishedAt, alreadyPublished: false, differences: {} };
      },
      { signal, rollback: request.dryRun },
    );
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

  /** What a publication leaves behind is a folder of its own, which `discard` takes away. */
  sweep(): Promise<number> {
    return Promise.resolve(0);
  }

  private async plan(request: PublishRequest, staged: StagedTable, signal: AbortSignal): Promise<Planned> {
    const { name, columns } = staged.table;
    const found = await this.database.query<{ name: string }>(
      'select column_name as name from information_schema.columns where table_schema = $1 and table_name = $2',
      [request.schema, name],
    );
    if (found.length === 0) throw new TableMissingError(request.schema, [name]);
    const known = new Set(found.map((column) => column.name));
    const unknown = columns.filter((column) => !known.has(column.name)).map((column) => `"${name}"."${column.name}"`);
    if (unknown.length > 0) throw new CatalogMismatchError(request.schema, unknown);
    const strategy = strategyOf(request, name);
    return {
      staged,
      table: { schema: request.schema, name, columns: columns.map((column) => column.name) },
      parts: await this.staged.open(request.runId, staged, signal),
      replaces: strategy.kind === 'replace' || (strategy.kind === 'truncate' && (staged.rows > 0 || strategy.onEmpty === 'truncate')),
    };
  }

  /** First all rows beside the tables that are replaced, then all swaps: readers wait for as short as can be. */
  private async write(session: RedshiftSession, runId: string, planned: readonly Planned[], control: WriteControl): Promise<TableChange[]> {
    const tables: TableChange[] = [];
    for (const { table, replaces } of planned) if (replaces) await this.makeScratch(session, table);
    for (const [index, { staged, table, parts, replaces }] of planned.entries()) {
      control.signal.throwIfAborted();
      const deleted = replaces ? await countRows(session, table) : 0;
      if (staged.rows > 0)
        await this.copy(session, runId, replaces ? { ...table, name: scratchName(table.name) } : table, table.name, parts);
      tables.push({
        table: table.name,
        inserted: staged.rows,
        deleted,
        unchanged: replaces ? 0 : null,
        rows: replaces ? staged.rows : null,
      });
      control.progress({ done: index + 1, total: planned.length, note: table.name });
    }
    for (const { table, replaces } of planned) if (replaces) for (const statement of swap(table)) await session.execute(statement);
    return tables;
  }

  private async makeScratch(session: RedshiftSession, table: RedshiftTable): Promise<void> {
    const { owner, grants } = this.settings;
    const wanted = [
      ...grants.map(({ privilege, to }) => ({ privilege, to: grantee(to) })),
      ...(await copiedPrivileges(session, table)),
    ].filter((grant, index, all) => all.findIndex(({ privilege, to }) => privilege === grant.privilege && to === grant.to) === index);
    for (const statement of createScratch(table, owner, wanted)) await session.execute(statement);
  }

  private async copy(session: RedshiftSession, runId: string, into: RedshiftTable, name: string, parts: TableParts): Promise<void> {
    const { access } = this.settings;
    try {
      await session.execute(copy(into, { manifestUrl: parts.manifestUrl, nullToken: nullTokenOf(runId), access }));
    } catch (error) {
      throw await explainCopy(this.database, error, { table: name, url: parts.url, parts: parts.parts });
    }
    const [counted] = await session.query<{ rows: string }>('select pg_last_copy_count() as rows');
    const sealed = parts.parts.reduce((sum, part) => sum + part.rows, 0);
    if (Number(counted?.rows) !== sealed) throw new StagedRowsDifferError(name, sealed, Number(counted?.rows));
  }
}

/** Rows can be put behind others, or in place of all. Whatever looks at single rows is not for this target. */
function assertWritable(request: LoadRequest): void {
  const kinds = new Set(['replace', 'truncate', 'insert', 'append']);
  const problems = request.tables.flatMap(({ table: { name } }) => {
    const { kind } = strategyOf(request, name);
    const evolution = evolutionOf(request, name);
    return [
      ...(kinds.has(kind) ? [] : [`Table "${name}" cannot be written by ${kind} in Redshift.`]),
      ...(evolution === 'freeze' ? [] : [`Table "${name}" is never changed in Redshift, so its evolution has to be freeze.`]),
    ];
  });
  if (problems.length > 0) throw new StrategyInvalidError(problems);
}

async function countRows(session: RedshiftSession, { schema, name }: RedshiftTable): Promise<number> {
  const [counted] = await session.query<{ rows: string }>(`select count(*) as rows from ${qualifiedName(schema, name)}`);
  return Number(counted?.rows);
}
