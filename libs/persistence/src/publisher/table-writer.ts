import type { StagedTable } from '@app/platform';
import { describeTables, type CatalogTable } from '../catalog/catalog';
import { qualifiedName } from '../catalog/identifier';
import { fillTemporary, STAGING_SCHEMA } from '../copy/staging-tables';
import { canCopyDirectly, fillDirectly, replaceByComparison, type WrittenRows } from '../strategies/replace/replace';
import type { Session } from '../warehouse/warehouse';
import { findLastPublished, stagedContent } from './ledger';
import type { LoadedTable } from './publication';
import type { TableVersion } from './table-version';

/** A locked target, what it holds, and what it shall hold. */
export interface PlannedTable {
  readonly staged: StagedTable;
  readonly target: CatalogTable;
  readonly before: TableVersion;
}

export interface TableOutcome extends WrittenRows {
  readonly isUnchanged: boolean;
}

/**
 * Writes one target the cheapest way that is right now, under its lock. What the load stage decided is never trusted:
 * others may have written since, and a crash of the server empties unlogged tables.
 */
export class TableWriter {
  constructor(
    private readonly session: Session,
    private readonly loaded: readonly LoadedTable[],
    private readonly differenceLimit: number,
  ) {}

  async write({ staged, target, before }: PlannedTable, ordinal: number, signal: AbortSignal): Promise<TableOutcome> {
    const last = await findLastPublished(this.session, target);
    if (last?.stagedContent === stagedContent(staged) && last.targetVersion === before.version) {
      return { isUnchanged: true, inserted: 0, deleted: 0, differences: [] };
    }
    const request = { target, staged, rowsBefore: before.rows, ordinal, differenceLimit: this.differenceLimit };
    if (before.rows === 0 && canCopyDirectly(target, staged)) {
      return { isUnchanged: false, ...(await fillDirectly(this.session, request, signal)) };
    }
    const staging =
      (await this.findStaging(staged, target)) ?? (await fillTemporary(this.session, `tributary_rows_${ordinal}`, staged, target, signal));
    return { isUnchanged: false, ...(await replaceByComparison(this.session, request, staging)) };
  }

  /** The quoted name of the staging table, if it still holds these rows in the target's types. */
  private async findStaging(staged: StagedTable, target: CatalogTable): Promise<string | null> {
    const loaded = this.loaded.find(({ table, fingerprint }) => table === target.name && fingerprint === staged.fingerprint);
    if (!loaded?.staging) return null;
    const staging = (await describeTables(this.session, STAGING_SCHEMA, [loaded.staging])).get(loaded.staging);
    const types = new Map(target.columns.map(({ name, type }) => [name, type]));
    const expected = staged.table.columns.map(({ name }) => `${name} ${types.get(name)}`);
    if (staging?.columns.map(({ name, type }) => `${name} ${type}`).join() !== expected.join()) return null;
    const sqlName = qualifiedName(STAGING_SCHEMA, loaded.staging);
    const { rows } = await this.session.query<{ rows: string }>(`select count(*)::text as rows from ${sqlName}`);
    return Number(rows[0]?.rows) === staged.rows ? sqlName : null;
  }
}
