import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Column, StagedTable } from '@app/platform';
import { recordOf } from './copy-records';
import type { QuarantineEntity } from './quarantine.entity';

/** Quarantined rows as tables to publish, each with all columns that any of its rows has. */
export function stagedRows(rows: readonly QuarantineEntity[]): StagedTable[] {
  return [...new Set(rows.map(({ tableName }) => tableName))].map((name) => {
    const own = rows.filter(({ tableName }) => tableName === name);
    const columns = columnsOf(own);
    const records = own.map(({ row }) => recordOf(columns.map((column) => row[column.name] ?? null)));
    return {
      table: { name, columns },
      rows: records.length,
      fingerprint: createHash('sha256')
        .update(JSON.stringify([columns, records]))
        .digest('hex'),
      open: () => ({ bytes: Readable.from(records.map((record) => Buffer.from(record)), { objectMode: false }), done: Promise.resolve() }), // prettier-ignore
    };
  });
}

/** In the order of first appearance. */
export const columnsOf = (rows: readonly Pick<QuarantineEntity, 'columns'>[]): readonly Column[] => [
  ...new Map(rows.flatMap(({ columns }) => columns.map((column) => [column.name, column]))).values(),
];
