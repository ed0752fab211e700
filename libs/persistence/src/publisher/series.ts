import { isDeepStrictEqual } from 'node:util';
import type { Queryable, Session } from '../warehouse/warehouse';
import { SupersededError, WatermarkMovedError } from '../warehouse/warehouse-errors';
import { LEDGER_SCHEMA } from './ledger';
import type { PublicationSeries } from './publication';

/** Where a series stands. */
export interface SeriesState {
  readonly position: string | null;
  readonly watermark: unknown;
}

/** Null when nothing of the series was published. */
export async function findSeries(queryable: Queryable, name: string): Promise<SeriesState | null> {
  const { rows } = await queryable.query<{ position: string | null; watermark: unknown }>(
    `select position, watermark from ${LEDGER_SCHEMA}.published_series where name = $1`,
    [name],
  );
  return rows[0] ?? null;
}

/**
 * Unless older ones are allowed.
 * @throws {SupersededError} when something newer of the series is published
 * @throws {WatermarkMovedError} when something was published since its rows were read
 */
export async function assertNotSuperseded(queryable: Queryable, series: PublicationSeries): Promise<void> {
  const last = await findSeries(queryable, series.name);
  assertContinues(series, last?.watermark);
  if (series.allowOlder === true || series.position === null || last === null || last.position === null) return;
  if (isOlder(series.position, last.position)) throw new SupersededError(series.name, series.position, last.position);
}

/** @throws {WatermarkMovedError} unless the rows were read from where the series stands */
export function assertContinues({ name, since, allowOlder }: PublicationSeries, watermark: unknown): void {
  if (allowOlder === true || since === undefined || isDeepStrictEqual(watermark ?? null, since)) return;
  throw new WatermarkMovedError(name);
}

/** Moves the series on. The caller holds its lock; a position or watermark that is not given stays as it was. */
export async function recordSeries(session: Session, runId: string, series: PublicationSeries): Promise<void> {
  const watermark = series.watermark === undefined || series.watermark === null ? null : JSON.stringify(series.watermark);
  await session.query(
    `insert into ${LEDGER_SCHEMA}.published_series as s (name, position, watermark, run_id, published_at) values ($1, $2, $3, $4, clock_timestamp())
     on conflict (name) do update
       set position = greatest(s.position collate "C", excluded.position collate "C"), watermark = coalesce(excluded.watermark, s.watermark),
           run_id = excluded.run_id, published_at = excluded.published_at`,
    [series.name, series.position, watermark, runId],
  );
  await session.query(`update ${LEDGER_SCHEMA}.publication set series = $2, position = $3 where run_id = $1`, [
    runId,
    series.name,
    series.position,
  ]);
}

export const isOlder = (position: string, than: string): boolean => Buffer.compare(Buffer.from(position), Buffer.from(than)) < 0;
