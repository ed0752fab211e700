import { createIndexes } from '../catalog/index-creator';
import { qualifiedName } from '../catalog/identifier';
import { StagedRows } from '../copy/staged-rows';
import { Prover } from '../proof/prover';
import { replaceByKey } from '../strategies/column-replace/column-replace';
import { insertRows } from '../strategies/insert/insert';
import { replaceRows } from '../strategies/replace/replace';
import { addVersions, indexCurrentVersions } from '../strategies/scd2/scd2';
import type { RowDifference, TableWork, WrittenRows } from '../strategies/table-work';
import { truncateRows } from '../strategies/truncate/truncate';
import { upsertRows } from '../strategies/upsert/upsert';
import type { TableIndex } from '../strategies/write-strategy';
import { atPlace } from '../warehouse/translate-error';
import type { Session } from '../warehouse/warehouse';
import { findLastPublished, recordTable, stagedContent } from './ledger';
import type { PlannedTable } from './plan-tables';
import type { LoadedTable, LoadProof, ProofKind, SourceKeys, TableChange } from './publication';
import { ofTable, textTypeOf } from './table-options';
import { readVersion, type TableVersion } from './table-version';

/** A table is counted for the report up to this size, which takes about a tenth of a second; a larger one is not. */
export const COUNT_LIMIT_BYTES = 256 * 1024 * 1024;

export interface WriterOptions {
  readonly runId: string;
  /** As the load stage left it; never trusted beyond what is still so. */
  readonly loaded: readonly LoadedTable[];
  readonly indexes?: Readonly<Record<string, readonly TableIndex[]>>;
  readonly proof?: ProofKind;
  readonly contentHashes?: Readonly<Record<string, string>>;
  readonly sourceKeys?: Readonly<Record<string, SourceKeys>>;
  /** Rows of the difference to return per table. */
  readonly differenceLimit: number;
}

export interface TableOutcome {
  readonly change: TableChange;
  readonly differences: readonly RowDifference[];
}

/** Writes planned tables, each the cheapest way that is right now, under its lock. */
export class TableWriter {
  constructor(
    private readonly session: Session,
    private readonly options: WriterOptions,
  ) {}

  async write(plan: PlannedTable, ordinal: number, signal: AbortSignal): Promise<TableOutcome> {
    const { target, before } = plan;
    if (before !== null && (await this.isUnchanged(plan))) return this.confirm(plan, before, ordinal, signal);
    const { work, discarded } = await this.prepare(plan, ordinal, signal);
    const prover = this.proverOf(plan, work);
    await prover.begin();
    const written = await this.writeRows(plan, work);
    const change = await this.count(plan, written);
    const proof = await prover.end(publishedRows(plan, change, work));
    if (plan.isNew && plan.strategy.kind === 'scd2') await indexCurrentVersions(work, plan.strategy.keys);
    await atPlace({ table: target.name }, () => createIndexes(this.session, target, ofTable(this.options.indexes, target.name) ?? []));
    return { change: { ...change, ...notes(plan, written, discarded), ...this.stated(proof) }, differences: written.differences };
  }

  /** A table that holds what was published last, which is what is staged again. */
  private async confirm(plan: PlannedTable, before: TableVersion, ordinal: number, signal: AbortSignal): Promise<TableOutcome> {
    await this.record(plan, before.version);
    const proof = await this.proverOf(plan, await this.openWork(plan, null, ordinal, signal)).unchanged();
    const change = { table: plan.target.name, inserted: 0, deleted: 0, unchanged: before.rows, rows: before.rows };
    return { change: { ...change, ...this.stated(proof) }, differences: [] };
  }

  private async prepare(plan: PlannedTable, ordinal: number, signal: AbortSignal): Promise<{ work: TableWork; discarded: number }> {
    const { target, staged, discarded: columns } = plan;
    const loaded = this.options.loaded.find(({ table, fingerprint }) => table === target.name && fingerprint === staged.fingerprint);
    const work = await this.openWork(plan, loaded?.staging ?? null, ordinal, signal);
    // A copy cannot leave columns out.
    if (columns.length > 0 && staged.rows > 0) await work.rows.relation();
    const discarded = columns.length > 0 && plan.evolution === 'discard_row' ? await work.rows.discardWith(columns) : 0;
    const gone = await this.leaveOut(plan, work);
    return { work: { ...work, rowCount: () => staged.rows - discarded - gone }, discarded };
  }

  /** Rows that are gone from their source; returns how many. */
  private async leaveOut({ absent, target, staged }: PlannedTable, work: TableWork): Promise<number> {
    if (absent === null || staged.rows === 0) return 0;
    return absent.leaveOut(work.rows, ofTable(this.options.sourceKeys, target.name)?.isOneMoment ?? false);
  }

  private async openWork(plan: PlannedTable, loaded: string | null, ordinal: number, signal: AbortSignal): Promise<TableWork> {
    const { target, staged, columns, strategy } = plan;
    const { session } = this;
    const rows = await StagedRows.open(session, { staged, target, textType: textTypeOf(strategy), loaded, ordinal, signal });
    return { session, target, columns, rows, rowCount: () => staged.rows, ordinal, differenceLimit: this.options.differenceLimit };
  }

  private proverOf(plan: PlannedTable, work: TableWork): Prover {
    const { proof = 'rows', contentHashes } = this.options;
    // A hash of all staged rows says nothing about fewer.
    const isWhole = work.rowCount() === plan.staged.rows;
    return new Prover(plan, work, proof, isWhole ? ofTable(contentHashes, plan.target.name) : undefined);
  }

  private stated(proof: LoadProof): Pick<TableChange, 'proof'> {
    return this.options.proof === undefined ? {} : { proof };
  }

  private writeRows({ strategy, before, absent }: PlannedTable, work: TableWork): Promise<WrittenRows> {
    switch (strategy.kind) {
      case 'replace':
        return replaceRows(work, before?.rows ?? 0);
      case 'truncate':
        return truncateRows(work, strategy);
      case 'insert':
      case 'append':
        return insertRows(work);
      case 'upsert':
        return absent === null ? upsertRows(work, strategy) : absent.removeBefore(() => upsertRows(work, strategy), work.differenceLimit);
      case 'scd2':
        return addVersions(work, strategy.keys);
      case 'key':
        return replaceByKey(work, strategy.columns);
    }
  }

  private async isUnchanged({ target, staged, before }: PlannedTable): Promise<boolean> {
    const last = await findLastPublished(this.session, target);
    return last?.stagedContent === stagedContent(staged) && last.targetVersion === before?.version;
  }

  private record({ target, staged }: PlannedTable, targetVersion: string): Promise<void> {
    return recordTable(this.session, this.options.runId, target, { stagedContent: stagedContent(staged), targetVersion });
  }

  private async count(plan: PlannedTable, { inserted, updated, deleted }: WrittenRows): Promise<TableChange> {
    const { target, before } = plan;
    if (before !== null) {
      const { rows, version } = await readVersion(this.session, target);
      await this.record(plan, version);
      return { table: target.name, inserted, deleted, unchanged: before.rows - deleted, rows };
    }
    const { rows: counted } = await this.session.query<{ rows: string | null }>(
      `select case when pg_relation_size($1::oid) <= ${COUNT_LIMIT_BYTES} then (select count(*) from only ${qualifiedName(target.schema, target.name)}) end::text as rows`,
      [target.oid],
    );
    const rows = counted[0]?.rows ?? null;
    const isKnown = rows !== null;
    return {
      table: target.name,
      inserted,
      ...(updated !== undefined && { updated }),
      deleted,
      unchanged: isKnown ? Number(rows) - inserted - (updated ?? 0) : null,
      rows: isKnown ? Number(rows) : null,
    };
  }
}

/** What there is to say beside the counts. */
function notes(plan: PlannedTable, { collapsed, warnings = [] }: WrittenRows, discarded: number): Partial<TableChange> {
  return {
    ...(collapsed !== undefined && { collapsed }),
    ...(plan.evolution === 'discard_row' && { discarded }),
    ...(plan.addedColumns.length > 0 && { addedColumns: plan.addedColumns }),
    ...(plan.discarded.length > 0 && { discardedColumns: plan.discarded.map(({ name }) => name) }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** How many of the staged rows the target has now, as far as counts tell: a trigger of the table may have left some out. */
function publishedRows({ strategy }: PlannedTable, { rows, inserted }: TableChange, work: TableWork): number {
  switch (strategy.kind) {
    case 'replace':
      return rows ?? work.rowCount();
    case 'upsert':
    case 'scd2':
      return work.rowCount(); // rows that are there as they are staged are not written
    default:
      return inserted;
  }
}
