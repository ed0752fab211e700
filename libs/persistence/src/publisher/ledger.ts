import type { StagedTable } from '@app/platform';
import type { CatalogTable } from '../catalog/catalog';
import { STAGING_SCHEMA } from '../copy/staging-tables';
import { takeLocks } from '../warehouse/advisory-lock';
import type { Queryable, Session, Warehouse } from '../warehouse/warehouse';
import type { TableChange } from './publication';

/** Beside the data, in the warehouse, so that data and ledger commit together. */
export const LEDGER_SCHEMA = 'tributary';

const LAST_ADDITION = 'published_series';

const DDL = [
  `create schema if not exists ${LEDGER_SCHEMA}`,
  `create schema if not exists ${STAGING_SCHEMA}`,
  `create table if not exists ${LEDGER_SCHEMA}.publication (
     run_id text primary key,
     published_at timestamptz not null,
     tables jsonb not null)`,
  `create table if not exists ${LEDGER_SCHEMA}.published_table (
     schema_name text not null,
     table_name text not null,
     run_id text not null,
     staged_content text not null,
     target_version text not null,
     primary key (schema_name, table_name))`,
  // What came later follows in its order, each step harmless where it was done; the last one tells that all were.
  `alter table ${LEDGER_SCHEMA}.publication add column if not exists series text, add column if not exists position text`,
  `create table if not exists ${LEDGER_SCHEMA}.${LAST_ADDITION} (
     name text primary key,
     position text,
     watermark jsonb,
     run_id text not null,
     published_at timestamptz not null)`,
];

export interface RecordedPublication {
  readonly publishedAt: Date;
  readonly tables: readonly TableChange[];
}

/** What was last published into a table. */
export interface LastPublished {
  readonly stagedContent: string;
  readonly targetVersion: string;
}

/** Creates the ledger and the staging schema once; a no-op afterwards, safe when several processes start at once. */
export async function prepareLedger(warehouse: Warehouse): Promise<void> {
  if (await isPrepared(warehouse)) return;
  await warehouse.transaction(async (session) => {
    await takeLocks(session, ['ledger-creation']);
    // Asked again, since "if not exists" alone may answer from what this connection remembers from before the wait.
    if (await isPrepared(session)) return;
    for (const statement of DDL) await session.query(statement);
  });
}

async function isPrepared(queryable: Queryable): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `select from pg_catalog.pg_tables, pg_catalog.pg_namespace where schemaname = $1 and tablename = $2 and nspname = $3`,
    [LEDGER_SCHEMA, LAST_ADDITION, STAGING_SCHEMA],
  );
  return rowCount === 1;
}

/** Null when the run has not published. */
export async function findPublication(session: Queryable, runId: string): Promise<RecordedPublication | null> {
  const { rows } = await session.query<{ publishedAt: Date; tables: TableChange[] }>(
    `select published_at as "publishedAt", tables from ${LEDGER_SCHEMA}.publication where run_id = $1`,
    [runId],
  );
  return rows[0] ?? null;
}

/** Ends the publication of a run. The instant is the database's. */
export async function recordPublication(session: Session, runId: string, tables: readonly TableChange[]): Promise<Date> {
  const { rows } = await session.query<{ publishedAt: Date }>(
    `insert into ${LEDGER_SCHEMA}.publication (run_id, published_at, tables) values ($1, clock_timestamp(), $2) returning published_at as "publishedAt"`,
    [runId, JSON.stringify(tables)],
  );
  const [recorded] = rows;
  if (recorded === undefined) throw new Error('An insert returned no row.');
  return recorded.publishedAt;
}

export async function findLastPublished(session: Queryable, table: CatalogTable): Promise<LastPublished | null> {
  const { rows } = await session.query<{ stagedContent: string; targetVersion: string }>(
    `select staged_content as "stagedContent", target_version as "targetVersion" from ${LEDGER_SCHEMA}.published_table where schema_name = $1 and table_name = $2`,
    [table.schema, table.name],
  );
  return rows[0] ?? null;
}

export async function recordTable(session: Session, runId: string, table: CatalogTable, last: LastPublished): Promise<void> {
  await session.query(
    `insert into ${LEDGER_SCHEMA}.published_table (schema_name, table_name, run_id, staged_content, target_version) values ($1, $2, $3, $4, $5)
     on conflict (schema_name, table_name) do update
       set run_id = excluded.run_id, staged_content = excluded.staged_content, target_version = excluded.target_version`,
    [table.schema, table.name, runId, last.stagedContent, last.targetVersion],
  );
}

/** What a staged table holds: its rows and the columns they are for, in order. */
export const stagedContent = ({ table, rows, fingerprint }: StagedTable): string =>
  JSON.stringify([fingerprint, rows, table.columns.map(({ name, type }) => [name, type])]);
