import { SupersededError } from '../warehouse/warehouse-errors';
import { assertContinues, isOlder } from '../publisher/series';
import type { PublicationSeries, TableChange } from '../publisher/publication';
import type { RedshiftDatabase, RedshiftSession } from './redshift-database';

/** In the cluster, beside the data, so that both commit together. Redshift enforces no key, so publications take turns. */
const LEDGER = 'tributary.publication';
const DDL = [
  'create schema if not exists tributary',
  `create table if not exists ${LEDGER} (
     run_id varchar(256) not null,
     published_at timestamp not null,
     series varchar(256),
     position varchar(2048),
     watermark varchar(65535),
     tables varchar(65535) not null)`,
];

export interface RecordedPublication {
  readonly publishedAt: string;
  readonly tables: readonly TableChange[];
}

/** A no-op where it is there already, or where another process made it meanwhile. */
export async function prepareLedger(database: RedshiftDatabase): Promise<void> {
  if (await isPrepared(database)) return;
  try {
    for (const statement of DDL) await database.query(statement);
  } catch (error) {
    if (!(await isPrepared(database))) throw error;
  }
}

async function isPrepared(database: RedshiftDatabase): Promise<boolean> {
  const found = await database.query(
    `select 1 from information_schema.tables where table_schema = 'tributary' and table_name = 'publication'`,
  );
  return found.length > 0;
}

/** Until the transaction ends. */
export const lockLedger = (session: RedshiftSession): Promise<void> =>
  session.execute({ text: `lock table ${LEDGER}`, logged: `lock table ${LEDGER}` });

type Asks = Pick<RedshiftDatabase, 'query'>;

export async function findPublication(asks: Asks, runId: string): Promise<RecordedPublication | null> {
  const [found] = await asks.query<{ at: string; tables: string }>(
    `select to_char(published_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, tables from ${LEDGER} where run_id = $1`,
    [runId],
  );
  return found ? { publishedAt: found.at, tables: JSON.parse(found.tables) as TableChange[] } : null;
}

/** @throws {SupersededError | WatermarkMovedError} when something newer of the series is published, unless that is allowed */
export async function assertNotSuperseded(asks: Asks, series: PublicationSeries): Promise<void> {
  const { name, position, since, allowOlder } = series;
  if (since !== undefined) assertContinues(series, await findWatermark(asks, name));
  if (allowOlder === true || position === null) return;
  const found = await asks.query<{ position: string }>(`select position from ${LEDGER} where series = $1 and position is not null`, [name]);
  const newer = found.map((row) => row.position).find((published) => isOlder(position, published));
  if (newer !== undefined) throw new SupersededError(name, position, newer);
}

export async function findWatermark(asks: Asks, series: string): Promise<unknown> {
  const [found] = await asks.query<{ watermark: string }>(
    `select watermark from ${LEDGER} where series = $1 and watermark is not null order by published_at desc limit 1`,
    [series],
  );
  return found ? (JSON.parse(found.watermark) as unknown) : null;
}

export async function recordPublication(
  session: RedshiftSession,
  runId: string,
  publication: { readonly publishedAt: string; readonly tables: readonly TableChange[]; readonly series?: PublicationSeries },
): Promise<void> {
  const { publishedAt, tables, series } = publication;
  const watermark = series?.watermark == null ? null : JSON.stringify(series.watermark);
  await session.query(
    `insert into ${LEDGER} (run_id, published_at, series, position, watermark, tables) values ($1, $2::timestamp, $3, $4, $5, $6)`,
    [runId, publishedAt.replace('Z', ''), series?.name ?? null, series?.position ?? null, watermark, JSON.stringify(tables)],
  );
}
