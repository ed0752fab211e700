import { SETTLE_EVERY_ROWS, TypedRowsCheck, type Finding, type References } from '@app/validation';
import type { PipelineDefinition } from '../definitions/definition';
import type { TableReferences } from '../uploads/table-references';
import type { QuarantineView } from './quarantine-rows';
import { columnsOf } from './staged-rows';
import { ruleBookOf } from './validate-section';

export interface RecheckedRows {
  /** Ids. */
  readonly accepted: readonly string[];
  readonly refused: readonly { readonly id: string; readonly finding: Finding; readonly message: string }[];
}

/** Checks rows, in the order of their tables and publications, by the rules that their definition has now. */
export async function recheckRows(
  rows: readonly QuarantineView[],
  definition: PipelineDefinition,
  target: TableReferences,
): Promise<RecheckedRows> {
  const book = definition.validate ? ruleBookOf(definition.validate) : new Map<string, []>();
  const accepted: string[] = [];
  const refused: RecheckedRows['refused'][number][] = [];
  for (const table of new Set(rows.map(({ tableName }) => tableName))) {
    const own = rows.filter(({ tableName }) => tableName === table);
    const columns = columnsOf(own).map(({ name }) => name);
    const check = new TypedRowsCheck({ name: table, columns }, book.get(table) ?? [], referencesOf(definition, table, target));
    for (const group of groupsOf(own)) {
      for (const { row, edits, line } of group) check.row(columns.map((name) => ({ ...row, ...edits })[name] ?? null), Number(line)); // prettier-ignore
      const found = await check.settle();
      for (const { id, line } of group) {
        const errors = (found.get(Number(line)) ?? []).filter(({ severity }) => severity === 'error');
        const [finding] = errors;
        if (finding) refused.push({ id, finding, message: errors.map(({ message }) => message).join('; ') });
        else accepted.push(id);
      }
    }
  }
  return { accepted, refused };
}

/** Rows of one publication, whose lines tell them apart. */
function groupsOf(rows: readonly QuarantineView[]): QuarantineView[][] {
  const groups: QuarantineView[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group && group.length < SETTLE_EVERY_ROWS && group[0]?.publication === row.publication) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

/** Rows that are added behind others must not repeat them where rules say so; rows that replace those with the same key may. */
function referencesOf({ load }: PipelineDefinition, table: string, target: TableReferences): References {
  const findMissing: References['findMissing'] = (other, column, values) => target.findMissing(other, column, values);
  const { strategy } = { ...load, ...load.tables[table] };
  if (strategy === 'upsert' || strategy === 'scd2') return { findMissing };
  return {
    findMissing,
    findPresent: async (own, columns, keys) =>
      (await target.has(own, columns[0] ?? '')) ? target.presentKeys(own, columns, keys) : new Set<string>(),
  };
}
