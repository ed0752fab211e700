import type { ColumnType, DatabaseConnection } from '@app/platform';
import type { Readable } from 'node:stream';
import type { DatabaseSourceConfig } from '../database.config';
import { boundQuery, type SourceQuery } from '../source-query';
import { optionalPackage } from './optional-package';
import type { OpenQuery } from './whole-query';

/** What is used of the package `mssql`. */
interface MssqlDriver {
  readonly ConnectionPool: new (options: Record<string, unknown>) => MssqlPool;
  readonly Transaction: new (pool: MssqlPool) => MssqlTransaction;
  readonly Request: new (transaction: MssqlTransaction) => MssqlRequest;
}
interface MssqlPool {
  connect(): Promise<unknown>;
  close(): Promise<void>;
}
interface MssqlTransaction {
  begin(isolationLevel: number): Promise<unknown>;
  rollback(): Promise<void>;
}
interface MssqlRequest {
  stream: boolean;
  arrayRowMode: boolean;
  input(name: string, value: unknown): unknown;
  query(text: string): unknown;
  cancel(): void;
  toReadableStream(): Readable;
  on(event: 'recordset', listener: (columns: readonly MssqlColumn[]) => void): unknown;
}
interface MssqlColumn {
  readonly name: string;
  readonly type: { readonly declaration?: string } | (() => { readonly declaration?: string });
}

/** `ISOLATION_LEVEL.SNAPSHOT` of the package. */
const SNAPSHOT = 5;

/** SQL Server, in a transaction that is always rolled back. Loaded and typed, never run against a server. */
export async function openMssql(
  { host, port, database, user, password, options }: DatabaseConnection,
  query: SourceQuery,
  config: DatabaseSourceConfig,
): Promise<OpenQuery> {
  const driver = (await optionalPackage('mssql', 'SQL Server')) as MssqlDriver;
  const encrypt = options.sslmode !== undefined && options.sslmode !== 'disable';
  const pool = new driver.ConnectionPool({
    server: host,
    port,
    database,
    user,
    password: password?.reveal(),
    requestTimeout: config.statementTimeoutSeconds * 1000,
    options: { encrypt, trustServerCertificate: options.sslmode === 'require', readOnlyIntent: true, useUTC: true },
  });
  await pool.connect();
  const transaction = new driver.Transaction(pool);
  const request = new driver.Request(transaction);
  const close = async (): Promise<void> => {
    request.cancel();
    await transaction.rollback().finally(() => pool.close());
  };
  try {
    await transaction.begin(SNAPSHOT);
    const { text, values } = boundQuery(query, 'mssql', (position) => `@p${position}`);
    for (const [index, value] of values.entries()) request.input(`p${index + 1}`, value);
    request.stream = true;
    request.arrayRowMode = true;
    const columns = new Promise<readonly MssqlColumn[]>((resolve) => request.on('recordset', resolve));
    const rows = request.toReadableStream();
    request.query(text);
    const described = await Promise.race([columns, failureOf(rows)]);
    return { columns: described.map((column) => ({ name: column.name, type: typeOf(column) })), rows, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Rejects when the stream fails before it is read; whoever reads it meets a later failure. */
function failureOf(stream: Readable): Promise<never> {
  const failure = new Promise<never>((_, reject) => stream.once('error', reject));
  failure.catch(() => undefined);
  return failure;
}

function typeOf({ type }: MssqlColumn): ColumnType {
  const { declaration = '' } = typeof type === 'function' ? type() : type;
  if (/^(tinyint|smallint|int|bigint)$/.test(declaration)) return 'integer';
  if (/^(decimal|numeric|money|smallmoney)$/.test(declaration)) return 'decimal';
  if (/^(float|real)$/.test(declaration)) return 'float';
  if (declaration === 'bit') return 'boolean';
  if (declaration === 'datetimeoffset') return 'timestamptz';
  if (/^(datetime|datetime2|smalldatetime|date)$/.test(declaration)) return 'timestamp';
  if (declaration === 'uniqueidentifier') return 'uuid';
  return /^(var)?binary|^image/.test(declaration) ? 'bytes' : 'string';
}
