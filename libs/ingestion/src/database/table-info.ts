import { type DatabaseConnection, parseDatabaseUrl } from '@app/platform';
import { databaseSourceConfigSchema } from './database.config';
import { QueryInvalidError } from './database.errors';
import type { DatabaseSource } from './database.source';
import { queryBatches } from './query-batches';

type Dialect = DatabaseConnection['dialect'];

/** A table of a source database, in the words of the standard's information schema. */
export interface TableInfo {
  readonly table_name: string;
  /** As it was asked for; null for the current one. */
  readonly schema: string | null;
  /** In the order of the table. Types are named as the database names them. */
  readonly columns: readonly { readonly column_name: string; readonly data_type: string; readonly is_nullable: 'YES' | 'NO' }[];
  /** Exact: every row is counted. */
  readonly row_count: number;
}

/** How the columns of `:table` are found; without `:schema`, in the current schema. */
const standard = (current: string): string => `SELECT column_name, data_type, is_nullable FROM information_schema.columns
  WHERE table_name = :table AND table_schema = coalesce(:schema, ${current}) ORDER BY ordinal_position`;
const COLUMNS: Readonly<Partial<Record<Dialect, string>>> = {
  postgres: standard('current_schema()'),
  mysql: standard('database()'),
  mariadb: standard('database()'),
  sqlite: `SELECT name, type, CASE WHEN "notnull" THEN 'NO' ELSE 'YES' END FROM pragma_table_info(:table, coalesce(:schema, 'main'))`,
};

/**
 * Looks at one table of a database of any kind but SQL Server and Oracle.
 * @throws {QueryInvalidError} when there is no such table.
 */
export async function tableInfo(
  source: DatabaseSource,
  url: string,
  { table, schema = null }: { readonly table: string; readonly schema?: string | null },
  signal: AbortSignal,
): Promise<TableInfo> {
  const { dialect } = parseDatabaseUrl(url);
  const rows = async (query: string, parameters: object): Promise<readonly (readonly (string | null)[])[]> => {
    const config = databaseSourceConfigSchema.parse({ url, query, parameters });
    const found = [];
    for await (const batch of queryBatches(source, config, signal)) found.push(...batch.rows);
    return found;
  };
  const query = COLUMNS[dialect];
  if (query === undefined) throw new QueryInvalidError(`Tables of ${dialect} cannot be looked at.`);
  const columns = await rows(query, { table, schema });
  if (columns.length === 0) throw new QueryInvalidError(`There is no table "${table}" in ${schema ?? 'the current schema'}.`);
  const name = [schema, table].filter((part) => part !== null).map((part) => quoted(part, dialect));
  const [[count = '0'] = []] = await rows(`SELECT count(*) AS n FROM ${name.join('.')}`, {});
  return {
    table_name: table,
    schema,
    columns: columns.map(([column_name, data_type, is_nullable]) => ({
      column_name: column_name ?? '',
      data_type: data_type ?? '',
      is_nullable: is_nullable === 'NO' ? 'NO' : 'YES',
    })),
    row_count: Number(count),
  };
}

function quoted(name: string, dialect: Dialect): string {
  const quote = dialect === 'mysql' || dialect === 'mariadb' ? '`' : '"';
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}
