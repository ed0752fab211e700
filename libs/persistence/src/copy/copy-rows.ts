import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { StagedTable, TableShape } from '@app/platform';
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
  const blanks = await blankOptions(session, target.sqlName, staged.table);
  const stop = new AbortController();
  const { format = 'csv', bytes, done } = staged.open(AbortSignal.any([signal, stop.signal]), blanks === '');
  const statement = session.query(copyFrom(`copy ${target.sqlName} (${list}) from stdin (format ${format}, encoding 'UTF8'${blanks})`));
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

/** Makes COPY take an empty text for null in columns of no text type (typcategory S), or nothing for the empty text in those of one. */
async function blankOptions(session: Session, sqlName: string, { columns, blankIsNull, nullIsBlank }: TableShape): Promise<string> {
  if (!blankIsNull && !nullIsBlank) return '';
  const { rows } = await session.query<{ name: string; isText: boolean }>(
    `select attname as name, typcategory = 'S' as "isText" from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
     where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [sqlName],
  );
  const option = (keyword: string, isText: boolean): string => {
    const names = columns.filter(({ name }) => rows.some((row) => row.name === name && row.isText === isText));
    return names.length > 0 ? `, ${keyword} (${names.map(({ name }) => quoteIdentifier(name)).join(', ')})` : '';
  };
  return (blankIsNull ? option('force_null', false) : '') + (nullIsBlank ? option('force_not_null', true) : '');
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
