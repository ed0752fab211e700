import { StagedRowsDifferError } from '@app/persistence';
import type { StagedTable } from '@app/platform';
import { SETTLE_EVERY_ROWS, type Finding, type TypedRowsCheck } from '@app/validation';
import { recordsOf, valuesOf } from './copy-records';
import { recordHash } from './refused-rows';

/** A row that breaks a rule of severity `error`. */
export interface RefusedRow {
  /** Counted from 1. */
  readonly row: number;
  readonly hash: string;
  /** In column order. */
  readonly values: readonly (string | null)[];
  /** Its errors, at least one. */
  readonly errors: readonly Finding[];
}

/**
 * Reads a table to its end and yields the rows that break a rule, in groups; `report` is told everything that is found.
 * @throws {StagedRowsDifferError} when the rows are not as many as were staged
 */
export async function* refusedRows(
  staged: StagedTable,
  check: TypedRowsCheck,
  report: (finding: Finding) => void,
  signal: AbortSignal,
): AsyncGenerator<readonly RefusedRow[]> {
  const { bytes, done } = staged.open(signal);
  done.catch(() => undefined); // awaited below; until then the bytes tell of a failure
  let number = 0;
  let unsettled: Buffer[] = [];
  const settle = async (): Promise<RefusedRow[]> => {
    const found = await check.settle();
    const first = number - unsettled.length + 1;
    const records = unsettled;
    unsettled = [];
    return [...found].flatMap(([row, findings]) => {
      findings.forEach(report);
      const errors = findings.filter(({ severity }) => severity === 'error');
      const record = records[row - first];
      return errors.length === 0 || !record ? [] : [{ row, hash: recordHash(record), values: valuesOf(record), errors }];
    });
  };
  for await (const records of recordsOf(bytes)) {
    for (const record of records) {
      check.row(valuesOf(record), (number += 1));
      unsettled.push(record);
      if (unsettled.length === SETTLE_EVERY_ROWS) yield await settle();
    }
  }
  yield await settle();
  await done;
  if (number !== staged.rows) throw new StagedRowsDifferError(staged.table.name, staged.rows, number);
}
