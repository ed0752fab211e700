import { CONTROL_SCHEMA } from '@app/platform';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { TableRows } from '../storage/manifest';

/** Tasks, runs and what is between load and publish: a restore must not take those back, so no backup holds them. */
const OWN_SCHEMAS = [CONTROL_SCHEMA, 'tributary_staging'];

/** What a backup holds and a restore replaces: every schema of the database but PostgreSQL's and ours. `n` is a `pg_namespace`. */
export const IS_DATA_SCHEMA = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', ${OWN_SCHEMAS.map(escapeLiteral).join(', ')})`;

export async function dataSchemas(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select n.nspname as name from pg_catalog.pg_namespace n where ${IS_DATA_SCHEMA} order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** Rows of every table that holds any itself; those of extensions are not data. */
export async function countRows(client: Client, signal: AbortSignal): Promise<TableRows[]> {
  const { rows: tables } = await client.query<{ schema: string; table: string }>(
    `select n.nspname as schema, c.relname as table
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and ${IS_DATA_SCHEMA}
        and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      order by 1, 2`,
  );
  const counted: TableRows[] = [];
  for (const { schema, table } of tables) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ rows: string }>(
      `select count(*) as rows from only ${escapeIdentifier(schema)}.${escapeIdentifier(table)}`,
    );
    counted.push({ schema, table, rows: Number(rows[0]?.rows) });
  }
  return counted;
}
