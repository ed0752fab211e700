import { escapeIdentifier, type Pool } from 'pg';

/** Rows of every table of schema `public`, as PostgreSQL prints them, in an order that depends on nothing else. */
export type Content = Readonly<Record<string, readonly string[]>>;

export async function tableNames(pool: Pool, schema = 'public'): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>('select tablename as name from pg_tables where schemaname = $1 order by 1', [schema]);
  return rows.map(({ name }) => name);
}

export const contentOf = (pool: Pool): Promise<Content> => rowsOf(pool, 't::text');

/** Like the content, with the transaction that wrote each row: equal before and after when nothing was written. */
export const versionsOf = (pool: Pool): Promise<Content> => rowsOf(pool, `t.xmin || ' ' || t.ctid || ' ' || t::text`);

export async function countOf(pool: Pool, table: string, schema = 'public'): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) from ${escapeIdentifier(schema)}.${escapeIdentifier(table)}`);
  return Number(rows[0]?.count);
}

async function rowsOf(pool: Pool, row: string): Promise<Content> {
  const content: Record<string, string[]> = {};
  for (const name of await tableNames(pool)) {
    const { rows } = await pool.query<{ row: string }>(`select ${row} as row from ${escapeIdentifier(name)} t order by 1`);
    content[name] = rows.map(({ row: text }) => text);
  }
  return content;
}

/** How often each run has published. */
export async function publications(pool: Pool): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<{ id: string; times: string }>(
    'select run_id as id, count(*) as times from tributary.publication group by run_id',
  );
  return Object.fromEntries(rows.map(({ id, times }) => [id, Number(times)]));
}
