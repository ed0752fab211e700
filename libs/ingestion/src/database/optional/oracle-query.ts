import type { ColumnType, DatabaseConnection } from '@app/platform';
import type { DatabaseSourceConfig } from '../database.config';
import { boundQuery, type SourceQuery } from '../source-query';
import { optionalPackage } from './optional-package';
import type { OpenQuery } from './whole-query';

/** What is used of the package `oracledb`, in its thin mode. */
interface OracleDriver {
  readonly DB_TYPE_NUMBER: unknown;
  readonly STRING: unknown;
  getConnection(options: { user: string; password: string | undefined; connectString: string }): Promise<OracleConnection>;
}
interface OracleConnection {
  callTimeout: number;
  execute(sql: string, values: readonly unknown[], options: OracleOptions): Promise<{ metaData?: OracleColumn[]; resultSet?: OracleRows }>;
  rollback(): Promise<void>;
  close(): Promise<void>;
}
interface OracleOptions {
  readonly resultSet?: boolean;
  readonly fetchArraySize?: number;
  readonly fetchTypeHandler?: (column: OracleColumn) => { type: unknown } | undefined;
}
interface OracleColumn {
  readonly name: string;
  readonly dbTypeName?: string;
  readonly dbType?: unknown;
  readonly scale?: number;
}
type OracleRows = AsyncIterable<readonly unknown[]>;

const SESSION = `ALTER SESSION SET TIME_ZONE = 'UTC' NLS_NUMERIC_CHARACTERS = '.,'`;

/** Oracle, read-only by its own kind of transaction. Loaded and typed, never run against a server. */
export async function openOracle(
  { host, port, database, user, password }: DatabaseConnection,
  query: SourceQuery,
  config: DatabaseSourceConfig,
): Promise<OpenQuery> {
  const driver = (await optionalPackage('oracledb', 'Oracle')) as OracleDriver;
  const connection = await driver.getConnection({ user, password: password?.reveal(), connectString: `${host}:${port}/${database}` });
  const close = async (): Promise<void> => connection.rollback().finally(() => connection.close());
  try {
    connection.callTimeout = config.statementTimeoutSeconds * 1000;
    await connection.execute(SESSION, [], {});
    await connection.execute('SET TRANSACTION READ ONLY', [], {});
    const { text, values } = boundQuery(query, 'oracle', (position) => `:${position}`);
    const { metaData = [], resultSet } = await connection.execute(text, values, {
      resultSet: true,
      fetchArraySize: config.batchSize,
      // A number of Oracle has more digits than one of JavaScript.
      fetchTypeHandler: ({ dbType }) => (dbType === driver.DB_TYPE_NUMBER ? { type: driver.STRING } : undefined),
    });
    if (resultSet === undefined) throw new Error('the driver returned no rows for a query');
    return { columns: metaData.map((column) => ({ name: column.name, type: typeOf(column) })), rows: resultSet, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function typeOf({ dbTypeName = '', scale }: OracleColumn): ColumnType {
  if (dbTypeName === 'NUMBER') return scale === 0 ? 'integer' : 'decimal';
  if (/^BINARY_(FLOAT|DOUBLE)$/.test(dbTypeName)) return 'float';
  if (/WITH (LOCAL )?TIME ZONE/.test(dbTypeName)) return 'timestamptz';
  if (/^(DATE|TIMESTAMP)/.test(dbTypeName)) return 'timestamp';
  if (/^(RAW|BLOB)/.test(dbTypeName)) return 'bytes';
  return 'string';
}
