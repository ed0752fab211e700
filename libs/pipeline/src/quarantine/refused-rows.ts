import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { StagedRowsDifferError } from '@app/persistence';
import type { StagedTable } from '@app/platform';
import { recordsOf } from './copy-records';

/** Rows of a table that are not loaded: the hash of each by its number, which is counted from 1. */
export type RefusedRows = ReadonlyMap<number, string>;

/** Tells rows apart when they are read again. */
export const recordHash = (record: Uint8Array): string => createHash('sha256').update(record).digest('base64url');

/** The table as if those rows had never been in it. Where the rows that are read are not those that were checked, reading fails. */
export function withoutRows(staged: StagedTable, refused: RefusedRows): StagedTable {
  if (refused.size === 0) return staged;
  // What is left is told by what there was and what is gone, whatever the order of the rows.
  const content = JSON.stringify([staged.fingerprint, [...refused.values()].sort()]);
  return {
    table: staged.table,
    rows: staged.rows - refused.size,
    fingerprint: createHash('sha256').update(content).digest('hex'),
    open: (signal) => {
      const { bytes, done } = staged.open(signal);
      return { bytes: Readable.from(accepted(bytes, staged, refused), { objectMode: false }), done };
    },
  };
}

async function* accepted(bytes: Readable, { table, rows }: StagedTable, refused: RefusedRows): AsyncGenerator<Buffer> {
  let number = 0;
  let left = 0;
  for await (const records of recordsOf(bytes)) {
    const kept: Buffer[] = [];
    for (const record of records) {
      const hash = refused.get((number += 1));
      if (hash === undefined) kept.push(record);
      else if (hash === recordHash(record)) left += 1;
      else throw new StagedRowsDifferError(table.name, rows, number);
    }
    if (kept.length > 0) yield Buffer.concat(kept);
  }
  if (left !== refused.size) throw new StagedRowsDifferError(table.name, rows, number);
}
