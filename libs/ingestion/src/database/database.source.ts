import { type DatabaseConnection, parseDatabaseUrl, type Part, type Watermark } from '@app/platform';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { fetchAhead } from '../fetch-ahead';
import { type ExtractRequest, KEY_STREAM, type Source } from '../source';
import { type DatabaseSourceConfig, databaseSourceConfigSchema, deletesSchema } from './database.config';
import { QueryInvalidError } from './database.errors';
import {
  assertCurrent,
  type ExtractPlan,
  partWindows,
  planRanges,
  readPosition,
  sinceOf,
  watermarkOf,
  writePosition,
} from './extract-plan';
import { checkOrdered, mayRepeat } from './key-ranges';
import { DEFAULT_POOL, type SourcePoolSettings } from './pool.config';
import { ReaderFactory } from './reader-factory';
import { columnNamed } from './source-query';
import type { Selection, SourceReader } from './source-reader';

/** The stream of the query's rows. */
export const QUERY_STREAM = 'input_data';

const ORDINAL_DIGITS = 6;
/** A clock that counts whole seconds has moved on after this. */
const TICK_MS = 1_100;
/** A transaction takes its time shortly before the server lists it; this is long for a server that is not overloaded. */
const REGISTRATION_MS = 100;

/**
 * The rows of one SELECT of a SQL database, as PostgreSQL writes their values, with the types of its columns.
 *
 * Rows come in parts by ranges of a key, read from one snapshot; without such a key they are one part. A replay reads the
 * ranges that are missing from a new snapshot. Incremental runs end at the newest value of the cursor column that no open
 * transaction can precede any more, so rows are neither lost nor read twice while others write.
 *
 * Nothing it does changes the database. Make one instance per process, since it holds the pools, and close it at the end.
 */
export class DatabaseSource implements Source<DatabaseSourceConfig> {
  readonly kind = 'database';
  readonly configSchema = databaseSourceConfigSchema;
  private readonly readers: ReaderFactory;

  constructor(pool: SourcePoolSettings = DEFAULT_POOL) {
    this.readers = new ReaderFactory(pool);
  }

  keys(config: unknown): readonly string[] | undefined {
    return z.looseObject({ deletes: deletesSchema }).safeParse(config).data?.deletes.key;
  }

  /** Also proves that the query and its parameters are good: the server plans it and reads nothing. */
  async check(config: DatabaseSourceConfig, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await (await this.readers.open(connectionOf(config), config)).close();
  }

  async *extract(request: ExtractRequest<DatabaseSourceConfig>): AsyncGenerator<Part> {
    const { config, signal } = request;
    const connection = connectionOf(config);
    const position = request.after === null ? null : readPosition(request.after);
    if (position !== null) assertCurrent(position.plan, request);
    const cursor = position === null ? await this.cursor(connection, request) : position.plan.cursor;
    const reader = await this.readers.open(connection, config);
    try {
      const plan = position?.plan ?? { ranges: await planRanges(reader, config, cursor), cursor };
      const all = selections(plan, request, reader);
      const missing = all.map((selection, index) => ({ selection, done: index + 1 })).slice(position?.done ?? 0);
      const watermark = watermarkOf(plan);
      for await (const part of readParts(reader, missing, plan, watermark, signal)) yield part;
    } finally {
      await reader.close();
    }
  }

  /** Closes the pools. Runs under way fail. */
  async close(): Promise<void> {
    await this.readers.close();
  }

  /** Where this run begins and ends. The end is taken before the snapshot, which then holds everything up to it. */
  private async cursor(
    connection: DatabaseConnection,
    { config, full, watermark, signal }: ExtractRequest<DatabaseSourceConfig>,
  ): Promise<ExtractPlan['cursor']> {
    const { incremental } = config;
    if (incremental === undefined) return null;
    const reader = await this.readers.open(connection, config);
    try {
      const column = checkOrdered(columnNamed(reader.columns, incremental.column));
      const since = full ? null : sinceOf(watermark, column);
      const upTo = await reader.newest(column, since);
      if (incremental.lag === undefined && upTo !== null) {
        await pause(mayRepeat(column, upTo) ? TICK_MS : REGISTRATION_MS, undefined, { signal });
        await reader.settle(incremental.settleSeconds * 1000, signal);
      }
      return { column, since, upTo };
    } finally {
      await reader.close();
    }
  }
}

function connectionOf({ url }: DatabaseSourceConfig): DatabaseConnection {
  if (url !== undefined) return parseDatabaseUrl(url);
  throw new QueryInvalidError('No source database: name a configured connection, or set SOURCE_DB_URL.');
}

interface StreamSelection extends Selection {
  readonly stream: string;
  readonly name: string;
}

function selections(
  plan: ExtractPlan,
  { config, verbatim = false }: ExtractRequest<DatabaseSourceConfig>,
  { columns }: SourceReader,
): readonly StreamSelection[] {
  const rows = partWindows(plan, config).map((windows, index) => ({
    stream: QUERY_STREAM,
    name: `${QUERY_STREAM}-${String(index + 1).padStart(ORDINAL_DIGITS, '0')}`,
    windows,
    only: null,
    takesText: verbatim,
  }));
  if (config.deletes === undefined) return rows;
  const only = config.deletes.key.map((name) => columnNamed(columns, name).name);
  return [...rows, { stream: KEY_STREAM, name: KEY_STREAM, windows: [], only }];
}

async function* readParts(
  reader: SourceReader,
  missing: readonly { readonly selection: StreamSelection; readonly done: number }[],
  plan: ExtractPlan,
  watermark: Watermark | null,
  signal: AbortSignal,
): AsyncGenerator<Part> {
  const begin = async ({ selection, done }: (typeof missing)[number], readSignal: AbortSignal) => ({
    selection,
    done,
    read: await reader.read(selection, readSignal),
  });
  for await (const { selection, done, read } of fetchAhead(missing, reader.maxReaders, signal, begin)) {
    yield {
      stream: selection.stream,
      name: selection.name,
      resumeToken: writePosition({ plan, done }),
      format: read.format,
      content: read.content,
      summary: () => ({ ...read.summary(), ...(watermark && { watermark }) }),
    };
  }
}
