import { StagedRows } from '../copy/staged-rows';
import { AbsentRows } from '../strategies/upsert/absent-rows';
import type { Session } from '../warehouse/warehouse';
import type { PlannedTable } from './plan-tables';
import type { PublishRequest } from './publication';
import { keysOf, ofTable, textTypeOf } from './table-options';

/** Planned tables with the rows that they are to lose, where they come with the keys of their source. */
export async function withAbsentRows(
  session: Session,
  planned: readonly (PlannedTable | null)[],
  { sourceKeys, loaded }: PublishRequest,
  signal: AbortSignal,
): Promise<(PlannedTable | null)[]> {
  const result: (PlannedTable | null)[] = [];
  for (const [place, plan] of planned.entries()) {
    const keys = plan && ofTable(sourceKeys, plan.target.name);
    if (!keys) {
      result.push(plan);
      continue;
    }
    const { target, strategy } = plan;
    // Behind the ordinals of the rows.
    const ordinal = planned.length + place;
    const staging = loaded.find(({ table }) => table === target.name)?.keys ?? null;
    const request = { staged: keys.staged, target, textType: textTypeOf(strategy), loaded: staging, ordinal, signal };
    const rows = await StagedRows.open(session, request);
    result.push({ ...plan, absent: await AbsentRows.find(session, { target, keys: keysOf(strategy), sourceKeys: rows, ordinal }) });
  }
  return result;
}
