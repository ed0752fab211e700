import type { Column } from '@app/platform';
import { dateText } from './date-text';
import { DuckDbSession } from './duckdb-session';
import type { DuckDbSettings } from './duckdb-settings';
import { duckDbType } from './column-types';
import { PlanRunner } from './plan-runner';
import { directoriesOf, type RowSource } from './row-source';
import { SpillDirectory } from './spill-directory';

/** Number of rows and the order-independent hash of their content. */
export interface RowsContent {
  readonly rows: number;
  readonly hash: string;
}

/** The hash that `docs/write-strategies.md` defines, of rows that are not in the target yet. */
export async function contentOf(
  source: RowSource,
  columns: readonly Column[],
  { spillRoot, memoryLimitBytes, threads }: DuckDbSettings,
  signal: AbortSignal,
): Promise<RowsContent> {
  const step = 'the hash of a table';
  const spill = await SpillDirectory.create(spillRoot);
  try {
    const session = await DuckDbSession.open({
      memoryLimitBytes,
      threads,
      tempDirectory: spill.path,
      directories: directoriesOf(source),
      signal,
    });
    try {
      const runner = new PlanRunner(session, spill.path);
      for (const relation of source.relations) await runner.define(relation);
      const types = await session.columnTypes(`select * from ${source.relation}`, step);
      const cells = columns.map((column, index) => `coalesce('=' || ${canonicalText(column, `#${index + 1}`, types[index] ?? '')}, '~')`);
      const rowText = `concat_ws(chr(31), ${cells.join(', ')})`;
      const hashes = `select cast('0x' || left(md5(${rowText}), 15) as bigint) as h from ${source.relation}`;
      const [row] = await session.rows(`select count(*), cast(coalesce(sum(h), 0) as varchar) from (${hashes})`, step);
      return { rows: Number(row?.[0]), hash: String(row?.[1]) };
    } finally {
      session.close();
    }
  } finally {
    await spill.remove();
  }
}

/** A cell as the target prints it once it holds it. One that is no value of its type is nothing: the target refuses it. */
function canonicalText({ type }: Column, value: string, actual: string): string {
  switch (type) {
    case 'string':
    case 'json':
      return `cast(${value} as varchar)`;
    case 'bytes':
      return actual === 'BLOB' ? `lower(hex(${value}))` : `lower(substr(${value}, 3))`;
    case 'float':
      return `cast(cast(try_cast(${value} as double) as bit) as varchar)`;
    case 'decimal':
      return `regexp_replace(regexp_replace(cast(${value} as varchar), '(\\.[0-9]*?)0*$', '\\1'), '\\.$', '')`;
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return dateText(`try_cast(${value} as ${duckDbType(type)})`);
    default:
      return `cast(try_cast(${value} as ${duckDbType(type)}) as varchar)`;
  }
}
