import type { StagedTable } from '@app/platform';
import type { CatalogTable } from '../../catalog/catalog';
import { qualifiedName } from '../../catalog/identifier';
import { copyRows } from '../../copy/copy-rows';
import type { Session } from '../../warehouse/warehouse';

export interface RowChange {
  readonly inserted: number;
  readonly deleted: number;
}

/** Copies the rows behind those that are there. Columns that are not staged take their default, which is null without one. */
export async function appendRows(session: Session, target: CatalogTable, staged: StagedTable, signal: AbortSignal): Promise<RowChange> {
  if (staged.rows > 0) {
    await copyRows(session, staged, { sqlName: qualifiedName(target.schema, target.name), relation: target.name }, signal);
  }
  return { inserted: staged.rows, deleted: 0 };
}

/** The same after taking everything away; the new rows keep their order, which a comparison would not. */
export async function replaceRows(session: Session, target: CatalogTable, staged: StagedTable, signal: AbortSignal): Promise<RowChange> {
  const { rowCount } = await session.query(`delete from only ${qualifiedName(target.schema, target.name)}`);
  const { inserted } = await appendRows(session, target, staged, signal);
  return { inserted, deleted: rowCount ?? 0 };
}
