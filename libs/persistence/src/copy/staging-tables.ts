import { createHash } from 'node:crypto';
import type { StagedTable } from '@app/platform';
import type { CatalogTable } from '../catalog/catalog';
import { postgresType, type TextType } from '../catalog/column-type';
import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import { takeLocks } from '../warehouse/advisory-lock';
import { Warehouse, type Session } from '../warehouse/warehouse';
import { copyRows } from './copy-rows';

export const STAGING_SCHEMA = 'tributary_staging';
/** Hex digits of a run's hash in the names of its tables; 96 bits keep two runs apart. */
const RUN_HASH_DIGITS = 24;

/** Unlogged tables that hold a run's rows between load and publish. A crash of the server empties them, so readers must count. */
export class StagingTables {
  constructor(private readonly warehouse: Warehouse) {}

  /** Makes the table anew and fills it, in one transaction. Returns its name within the staging schema. */
  async fill(
    runId: string,
    ordinal: number,
    staged: StagedTable,
    target: CatalogTable | undefined,
    textType: TextType,
    signal: AbortSignal,
  ): Promise<string> {
    const relation = `${prefixOf(runId)}${ordinal}`;
    const sqlName = qualifiedName(STAGING_SCHEMA, relation);
    await this.warehouse.transaction(
      async (session) => {
        await takeLocks(session, [`staging:${relation}`]);
        await session.query(`drop table if exists ${sqlName}`);
        await session.query(`create unlogged table ${sqlName} with (autovacuum_enabled = off) as ${emptyCopyOf(staged, target, textType)}`);
        await copyRows(session, staged, { sqlName, relation }, signal);
      },
      { signal },
    );
    return relation;
  }

  /** Drops all tables of a run; none is fine. */
  async discard(runId: string): Promise<void> {
    const prefix = prefixOf(runId);
    await this.drop((name) => name.startsWith(prefix));
  }

  /** Drops the tables of every run that is not among those alive. Returns how many. */
  async sweep(aliveRunIds: Iterable<string>): Promise<number> {
    const alive = new Set([...aliveRunIds].map(prefixOf));
    return this.drop((name) => !alive.has(name.slice(0, prefixOf('').length)));
  }

  private async drop(isDoomed: (name: string) => boolean): Promise<number> {
    const { rows } = await this.warehouse.query<{ name: string }>(
      'select tablename as name from pg_catalog.pg_tables where schemaname = $1',
      [STAGING_SCHEMA],
    );
    const doomed = rows.map(({ name }) => name).filter(isDoomed);
    for (const name of doomed) await this.warehouse.query(`drop table if exists ${qualifiedName(STAGING_SCHEMA, name)}`);
    return doomed.length;
  }
}

/** A staging table that ends with the transaction, for rows that could not be staged before it. */
export async function fillTemporary(
  session: Session,
  name: string,
  staged: StagedTable,
  target: CatalogTable,
  textType: TextType,
  signal: AbortSignal,
): Promise<string> {
  const sqlName = `pg_temp.${quoteIdentifier(name)}`;
  await session.query(`create temporary table ${sqlName} on commit drop as ${emptyCopyOf(staged, target, textType)}`);
  await copyRows(session, staged, { sqlName, relation: name }, signal);
  return sqlName;
}

/** The target's own types, so that PostgreSQL checks every value while it is copied; those of a new column where it has none. */
function emptyCopyOf({ table }: StagedTable, target: CatalogTable | undefined, textType: TextType): string {
  const existing = new Set(target?.columns.map(({ name }) => name));
  const columns = table.columns.map(({ name, type }) =>
    existing.has(name) ? quoteIdentifier(name) : `null::${postgresType(type, textType)} as ${quoteIdentifier(name)}`,
  );
  const source = target === undefined ? '' : ` from only ${qualifiedName(target.schema, target.name)}`;
  return `select ${columns.join(', ')}${source} with no data`;
}

const prefixOf = (runId: string): string => `run_${createHash('sha256').update(runId).digest('hex').slice(0, RUN_HASH_DIGITS)}_`;
