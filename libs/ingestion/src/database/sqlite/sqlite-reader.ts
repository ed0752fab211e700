import { type Column, type DatabaseConnection, replaceNamedParameters } from '@app/platform';
import { Database, type QueryResult, SQLite3Error, type SQLiteValue } from 'node-sqlite3-wasm';
import { setImmediate as turn } from 'node:timers/promises';
import { CsvChunks } from '../csv-text';
import type { DatabaseSourceConfig } from '../database.config';
import { QueryInvalidError } from '../database.errors';
import { boundQuery, type BoundQuery, checkColumns, sourceQuery, type SourceQuery } from '../source-query';
import type { ColumnWindow, KeyBounds, RowRead, Selection, SourceReader } from '../source-reader';
import { whereSql } from '../window-sql';
import { copySqliteFile, type SqliteCopy } from './sqlite-copy';
import { declaredType, SqliteColumn } from './sqlite-types';

const VIEW = 'tributary_query';

/**
 * A SQLite file, read from a private copy: the driver locks with files of its own, which other programs do not heed and
 * which would stay beside the source when the process is killed.
 */
export class SqliteReader implements SourceReader {
  readonly maxReaders = 1;

  private constructor(
    private readonly copy: SqliteCopy,
    private readonly database: Database,
    private readonly bound: BoundQuery,
    private readonly config: DatabaseSourceConfig,
    readonly columns: readonly Column[],
  ) {}

  static async open({ database: path }: DatabaseConnection, config: DatabaseSourceConfig): Promise<SqliteReader> {
    const query = sourceQuery(config, 'sqlite');
    const copy = await copySqliteFile(path);
    let database: Database | null = null;
    try {
      database = new Database(copy.path, { fileMustExist: true });
      // The copy is ours alone; with that, a write-ahead log needs no shared memory.
      database.exec('PRAGMA locking_mode = exclusive');
      const columns = describeQuery(database, query);
      database.exec('PRAGMA query_only = 1');
      return new SqliteReader(copy, database, boundQuery(query, 'sqlite'), config, columns);
    } catch (error) {
      database?.close();
      await copy.remove();
      throw sqliteError(error);
    }
  }

  bounds(column: Column, windows: readonly ColumnWindow[]): Promise<KeyBounds> {
    return this.asked(() => {
      onlyInteger(column);
      return {
        least: this.cell(`SELECT min(q.${quoted(column.name)})`, windows),
        greatest: this.cell(`SELECT max(q.${quoted(column.name)})`, windows),
        hasNulls: this.cell('SELECT count(*)', [...windows, { column, nulls: 'only' }]) !== '0',
      };
    });
  }

  newest(column: Column, after: string | null): Promise<string | null> {
    return this.asked(() => {
      onlyInteger(column);
      return this.cell(`SELECT max(q.${quoted(column.name)})`, after === null ? [] : [{ column, after }]);
    });
  }

  /** A file is one part unless the definition says more. */
  naturalKey(): Promise<string | null> {
    return Promise.resolve(null);
  }

  /** The copy is complete: there is one writer at a time, and what it had not committed is not in it. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  read({ windows, only }: Selection, signal: AbortSignal): Promise<RowRead> {
    const wanted = only === null ? this.columns : this.columns.filter(({ name }) => only.includes(name));
    const columns = wanted.map(({ name, type }) => new SqliteColumn(name, type));
    const names = columns.map(({ name }) => name);
    const chunks = new CsvChunks(names, this.config.batchSize);
    const select = `SELECT ${names.map((name) => `q.${quoted(name)}`).join(', ')}`;
    const text = windows.length === 0 && only === null ? this.bound.text : `${select} ${this.from(windows)}`;
    return Promise.resolve({
      format: 'csv',
      content: this.content(text, columns, chunks, signal),
      summary: () => ({ rows: chunks.rows, columns: names, types: columns.map((column) => column.type()) }),
    });
  }

  async close(): Promise<void> {
    if (this.database.isOpen) this.database.close();
    await this.copy.remove();
  }

  /** The driver works on this thread: between chunks others have their turn. */
  private async *content(
    text: string,
    columns: readonly SqliteColumn[],
    chunks: CsvChunks,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    try {
      const statement = this.database.prepare(text);
      try {
        for (const row of statement.iterate([...this.bound.values])) {
          chunks.add(`${columns.map((column) => column.cell(valueOf(row, column.name))).join(',')}\n`);
          if (!chunks.isFull) continue;
          yield chunks.take();
          await turn();
          signal.throwIfAborted();
        }
        const rest = chunks.take();
        if (rest.length > 0) yield rest;
      } finally {
        statement.finalize();
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : sqliteError(error);
    }
  }

  private from(windows: readonly ColumnWindow[]): string {
    const where = whereSql(windows, { quoted, timestamp: (column) => refuseTimestamp(column) });
    return `FROM (\n${this.bound.text}\n) AS q${where}`;
  }

  private cell(select: string, windows: readonly ColumnWindow[]): string | null {
    const row = this.database.get(`${select} AS answer ${this.from(windows)}`, [...this.bound.values]);
    const answer = row && valueOf(row, 'answer');
    return answer === null ? null : String(answer);
  }

  private async asked<T>(work: () => T): Promise<T> {
    try {
      return await Promise.resolve(work());
    } catch (error) {
      throw sqliteError(error);
    }
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A temporary view knows names and declared types without a row; views take no parameters, so nulls stand for them. */
function describeQuery(database: Database, { text }: SourceQuery): Column[] {
  database.exec(`CREATE TEMP VIEW ${VIEW} AS ${replaceNamedParameters(text, () => 'NULL', 'sqlite')}`);
  const columns = database.all(`PRAGMA temp.table_info(${VIEW})`).map((row) => ({
    name: String(valueOf(row, 'name')),
    type: declaredType(String(valueOf(row, 'type'))),
  }));
  checkColumns(columns.map(({ name, type }) => ({ name: name.replace(/:\d+$/, ''), type })));
  return columns;
}

function valueOf(row: QueryResult, name: string): SQLiteValue {
  const value = row[name];
  return value === undefined || (typeof value === 'object' && !(value instanceof Uint8Array)) ? null : value;
}

function onlyInteger(column: Column): void {
  if (column.type !== 'integer') refuseTimestamp(column);
}

function refuseTimestamp({ name }: Column): never {
  throw new QueryInvalidError(`SQLite keeps timestamps in any form: "${name}" cannot be cut by; take an integer column.`);
}

/** Its messages are about names, syntax and the file; none quotes a row. */
function sqliteError(error: unknown): unknown {
  return error instanceof SQLite3Error ? new QueryInvalidError(`The query of the SQLite file failed: ${error.message}.`) : error;
}
