import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { StagedTable } from '@app/platform';
import type { UnitStaging } from '../stages/unit-staging';
import type { RefusedRow } from './check-rows';
import { withoutRows, type RefusedRows } from './refused-rows';

/** What the validation tells later stages: the refused rows of a table are the part of this name. */
export interface ValidationAttributes {
  readonly refused: readonly { readonly table: string; readonly part: string }[];
}

/** A refused row as it lies in the validation's dataset, one on each line. */
export const refusedLine = ({ row, hash }: RefusedRow): string => `${JSON.stringify({ row, hash })}\n`;

/** The tables without the rows that the validation of their unit refused; all rows of a unit that was not validated. */
export async function acceptedTables(
  staging: UnitStaging,
  tables: readonly StagedTable[],
  workDir: string,
  signal: AbortSignal,
): Promise<StagedTable[]> {
  if (!(await staging.isSealed('validate'))) return [...tables];
  const { parts, attributes } = await staging.sealed('validate');
  // Written by the validate stage of this program; manifests of earlier ones lack it.
  const { refused = [] } = attributes as Partial<ValidationAttributes>;
  const wanted = parts.filter(({ rows }) => rows > 0);
  const files = await staging.materialise(wanted, join(workDir, 'refused'), signal);
  const rowsOf = new Map<string, RefusedRows>();
  for (const { table, part } of refused) {
    const file = files.find(({ name }) => name === part);
    if (file) rowsOf.set(table, await readRefused(file.path));
  }
  return tables.map((staged) => withoutRows(staged, rowsOf.get(staged.table.name) ?? new Map()));
}

async function readRefused(path: string): Promise<RefusedRows> {
  const rows = new Map<number, string>();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { row, hash } = JSON.parse(line) as Pick<RefusedRow, 'row' | 'hash'>;
    rows.set(row, hash);
  }
  return rows;
}
