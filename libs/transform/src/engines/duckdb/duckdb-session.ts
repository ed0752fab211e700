import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteLiteral, quoteLiterals } from '../../sql-text';
import { toTransformError } from './duckdb-failure';

/** An interrupt that comes just before a query starts is lost, so it is repeated until the query has ended. */
const INTERRUPT_INTERVAL_MS = 20;

export interface SessionSettings {
  readonly memoryLimitBytes: number;
  readonly threads: number;
  /** For spilled data; private to the session. */
  readonly tempDirectory: string;
  /** The only folders that SQL of this session can read and write. */
  readonly directories: readonly string[];
  readonly signal: AbortSignal;
}

/** An embedded database for one piece of work. Its configuration is locked; it sees the given folders and no network. */
export class DuckDbSession {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly reader: DuckDBConnection,
    private readonly writer: DuckDBConnection,
    readonly signal: AbortSignal,
  ) {}

  static async open({ memoryLimitBytes, threads, tempDirectory, directories, signal }: SessionSettings): Promise<DuckDbSession> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryLimitBytes}B`,
      threads: String(threads),
      temp_directory: tempDirectory,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const session = new DuckDbSession(instance, await instance.connect(), await instance.connect(), signal);
    const allowed = [...new Set([tempDirectory, ...directories])].map((directory) => `${directory}/`);
    await session.execute(`set allowed_directories = [${quoteLiterals(allowed)}]`, 'start');
    // The machine's own zone must not decide what an instant looks like.
    await session.execute(`set TimeZone = 'UTC'`, 'start');
    await session.execute('set enable_external_access = false', 'start');
    await session.execute('set lock_configuration = true', 'start');
    return session;
  }

  /** Runs a statement. @param step names the work in an error. @throws {TransformFailedError}, or the signal's reason */
  async execute(sql: string, step: string): Promise<DuckDBMaterializedResult> {
    return this.guard(step, this.reader, () => this.reader.run(sql));
  }

  async rows(sql: string, step: string): Promise<DuckDBValue[][]> {
    const result = await this.execute(sql, step);
    return result.getRows();
  }

  /** The columns of a query, without running it. */
  async columnNames(sql: string, step: string): Promise<string[]> {
    return (await this.rows(`describe ${sql}`, step)).map(([name]) => String(name));
  }

  /** Their types, as the engine names them. */
  async columnTypes(sql: string, step: string): Promise<string[]> {
    return (await this.rows(`describe ${sql}`, step)).map(([, type]) => String(type));
  }

  /** The rows of a query, chunk by chunk. Other statements run on `append` meanwhile. */
  async *chunks(sql: string, step: string): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.guard(step, this.reader, () => this.reader.stream(sql));
    for (;;) {
      const chunk = await this.guard(step, this.reader, () => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** Opens a table for rows from JavaScript. */
  async append(table: string, columns: readonly string[], step: string): Promise<DuckDBAppender> {
    return this.guard(step, this.writer, async () => {
      await this.writer.run(`create table ${table} (${columns.map((column) => `${column} varchar`).join(', ')})`);
      return this.writer.createAppender(table);
    });
  }

  close(): void {
    this.reader.closeSync();
    this.writer.closeSync();
    this.instance.closeSync();
  }

  private async guard<T>(step: string, connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    let repeat: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      connection.interrupt();
      repeat = setInterval(() => connection.interrupt(), INTERRUPT_INTERVAL_MS);
    };
    this.signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } catch (error) {
      this.signal.throwIfAborted();
      throw toTransformError(step, error);
    } finally {
      this.signal.removeEventListener('abort', interrupt);
      clearInterval(repeat);
    }
  }
}

/**
 * Hands memory that the engine has freed back to the system, which the C library would keep for later: some 100 MiB for every large
 * table. Closing a database is what makes the engine do so, hence an empty one is opened and closed.
 */
export async function releaseFreedMemory(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  instance.closeSync();
}

/** A list of paths as a SQL constant. */
export function pathList(paths: readonly string[]): string {
  return `[${paths.map(quoteLiteral).join(', ')}]`;
}
