import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Pool, QueryResultRow } from 'pg';
import type { Column, ColumnType, CopyText, StagedTable } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { Publisher, Warehouse, type LoadRequest, type Publication, type PublishRequest, type WriteControl } from '../src';

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A private, empty database; what it holds goes with it. */
export class TestWarehouse {
  readonly publisher: Publisher;
  readonly warehouse: Warehouse;

  private constructor(private readonly database: TestDatabase) {
    this.warehouse = new Warehouse(database.pool);
    this.publisher = new Publisher(this.warehouse);
  }

  static async create(): Promise<TestWarehouse> {
    return new TestWarehouse(await createTestDatabase({ migrated: false }));
  }

  get pool(): Pool {
    return this.database.pool;
  }

  drop(): Promise<void> {
    return this.database.drop();
  }

  async rows<T extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>(sql, values)).rows;
  }

  /** Loads and publishes as a run does, under a new run id unless one is given. */
  async publish(tables: readonly StagedTable[], options: Partial<PublishRequest> = {}): Promise<Publication> {
    return this.publisher.publish(await this.load(tables, options), control());
  }

  /** Loads as a run does, and says what is to be published then. */
  async load(tables: readonly StagedTable[], options: Partial<PublishRequest> = {}): Promise<PublishRequest> {
    const request: LoadRequest = { runId: randomUUID(), schema: 'public', tables, ...options };
    const loaded = await this.publisher.load(request, control());
    return { ...request, loaded, locks: [{ resource: 'warehouse:test', mode: 'exclusive' }], allowShrink: true, dryRun: false, ...options };
  }
}

/** Requests as they come, each when its turn is. */
export async function* inTurn<Request>(requests: readonly Request[]): AsyncGenerator<Request> {
  for (const request of requests) yield await Promise.resolve(request);
}

export const control = (signal: AbortSignal = new AbortController().signal): WriteControl => ({ signal, progress: () => undefined });

/** Rows as the transform stages them. Columns are given as `name: type`. */
export function stage(name: string, columns: Readonly<Record<string, ColumnType>>, rows: readonly Row[]): StagedTable {
  const list = Object.entries(columns).map(([column, type]): Column => ({ name: column, type }));
  const lines = rows.map((row) => `${list.map((column) => encode(row[column.name] ?? null)).join(',')}\n`);
  return stageLines(name, list, lines, rows.length, () => Promise.resolve());
}

/** The same from CSV lines, for content and producers that are wrong. `finish` is awaited as the producer's end. */
export function stageLines(
  name: string,
  columns: readonly Column[],
  lines: readonly string[],
  rows: number,
  finish: () => Promise<void>,
): StagedTable {
  const fingerprint = createHash('sha256')
    .update([...lines].sort().join(''))
    .digest('hex');
  const open = (): CopyText => ({
    bytes: Readable.from(
      lines.map((line) => Buffer.from(line)),
      { objectMode: false },
    ),
    done: finish(),
  });
  return { table: { name, columns }, rows, fingerprint, open };
}

function encode(value: string | number | boolean | null): string {
  return value === null ? '' : `"${String(value).replaceAll('"', '""')}"`;
}
