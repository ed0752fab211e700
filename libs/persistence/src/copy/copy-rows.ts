import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { StagedTable } from '@app/platform';
import { quoteIdentifier } from '../catalog/identifier';
import { atPlace } from '../warehouse/translate-error';
import type { Session } from '../warehouse/warehouse';
import { StagedRowsDifferError } from '../warehouse/warehouse-errors';

export interface CopyTarget {
  /** Quoted, as SQL names it. */
  readonly sqlName: string;
  /** Unquoted and without its schema, as the server names it in errors. */
  readonly relation: string;
}

/**
 * Copies all rows of a staged table into a relation that has its columns, in the caller's transaction. Returns only when
 * the producer ended well and the server took exactly the sealed number of rows; otherwise it throws and the caller must
 * roll back, since part of the rows may have arrived.
 * @throws {LoadFailedError} naming table, column and line of a value that PostgreSQL refuses, never the value
 */
export async function copyRows(session: Session, staged: StagedTable, target: CopyTarget, signal: AbortSignal): Promise<void> {
  const columns = staged.table.columns.map(({ name }) => name);
  const list = columns.map(quoteIdentifier).join(', ');
  const nulls = staged.table.blankIsNull ? await forcedNulls(session, target.sqlName, columns) : '';
  const statement = session.query(copyFrom(`copy ${target.sqlName} (${list}) from stdin (format csv, encoding 'UTF8'${nulls})`));
  const stop = new AbortController();
  const { bytes, done } = staged.open(AbortSignal.any([signal, stop.signal]));
  const producer = new ProducerWatch();
  // A producer may fail without ending its bytes.
  done.catch((error: unknown) => bytes.destroy(producer.fail(error)));
  try {
    await atPlace({ table: staged.table.name, relation: target.relation, columns }, () =>
      pipeline(() => producer.watch(bytes), statement, { signal }),
    );
    await done;
  } catch (error) {
    stop.abort();
    bytes.destroy();
    throw producer.failure ?? error;
  }
  if (statement.rowCount !== staged.rows) throw new StagedRowsDifferError(staged.table.name, staged.rows, statement.rowCount);
}

/** Makes COPY take an empty text for null in the columns of these that are of no text type (typcategory S). */
async function forcedNulls(session: Session, sqlName: string, columns: readonly string[]): Promise<string> {
  const { rows } = await session.query<{ name: string }>(
    `select attname as name from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and typcategory <> 'S'`,
    [sqlName],
  );
  const forced = rows.map(({ name }) => name).filter((name) => columns.includes(name));
  return forced.length > 0 ? `, force_null (${forced.map(quoteIdentifier).join(', ')})` : '';
}

/** Keeps the producer's own error, and hands the server one without its words: a server logs why a copy was given up. */
class ProducerWatch {
  failure: unknown;

  fail(error: unknown): Error {
    this.failure ??= error;
    return new Error('the producer of the rows failed');
  }

  async *watch(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* bytes;
    } catch (error) {
      throw this.fail(error);
    }
  }
}
