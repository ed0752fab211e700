import type { ColumnType, Part, Watermark } from '@app/platform';
import { DatabaseSource, databaseSourceConfigSchema, type QueryBatch, queryBatches, QUERY_STREAM } from '@app/ingestion';
import { parse } from 'csv-parse/sync';

export type Cell = string | null;

/** A part after it was consumed. */
export interface StagedQueryPart {
  readonly name: string;
  readonly stream: string;
  readonly token: string;
  /** The number of rows it says it has. */
  readonly count: number;
  readonly columns: readonly string[];
  readonly types: readonly ColumnType[];
  readonly watermark: Watermark | null;
  readonly rows: readonly (readonly Cell[])[];
}

export type Settings = Readonly<Record<string, unknown>>;

/** The trays that the conformance cases are about, as three databases create them. */
export const TRAYS = `
  INSERT INTO trays VALUES
    (11, 'Basil', 'N1', 40, 12.5, '2025-04-02 08:00:00', true),
    (12, 'chard', 'N1', NULL, 7.25, '2025-04-03 09:30:00', false),
    (13, NULL, 'S2', 25, NULL, NULL, true),
    (14, 'Basil', NULL, 10, 3, '2025-05-20 00:00:00', NULL),
    (15, 'Dill', 'S2', 25, 8, '2025-05-21 00:00:00', true)`;
export const TRAY_COLUMNS = ['tray_id', 'crop', 'bay', 'seeds', 'grams', 'sown_on', 'alive'];

/** A database source with one database to ask. */
export class QueryHarness {
  readonly source = new DatabaseSource();

  constructor(readonly url: string) {}

  config(query: string, settings: Settings = {}) {
    return databaseSourceConfigSchema.parse({ url: this.url, query, ...settings });
  }

  request(query: string, settings: Settings = {}, { after = null, watermark = null, signal = new AbortController().signal }: Start = {}) {
    return { config: this.config(query, settings), after, full: false, watermark, unit: null, signal };
  }

  async extract(query: string, settings: Settings = {}, start: Start = {}): Promise<StagedQueryPart[]> {
    const staged: StagedQueryPart[] = [];
    for await (const part of this.source.extract(this.request(query, settings, start))) staged.push(await stage(part));
    return staged;
  }

  /** All rows of the query itself, in the order they came. */
  async rows(query: string, settings: Settings = {}): Promise<readonly (readonly Cell[])[]> {
    const parts = await this.extract(query, settings);
    return parts.filter(({ stream }) => stream === QUERY_STREAM).flatMap(({ rows }) => rows);
  }

  async batches(query: string, settings: Settings): Promise<QueryBatch[]> {
    const batches: QueryBatch[] = [];
    for await (const batch of queryBatches(this.source, this.config(query, settings), new AbortController().signal)) batches.push(batch);
    return batches;
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

interface Start {
  readonly after?: string | null;
  readonly watermark?: Watermark | null;
  readonly signal?: AbortSignal;
}

export async function stage(part: Part): Promise<StagedQueryPart> {
  const pieces: Uint8Array[] = [];
  for await (const piece of part.content) pieces.push(piece);
  const records = parse(Buffer.concat(pieces), {
    cast: (text, { quoting }) => (text === '' && !quoting ? null : text),
  }) as unknown as readonly (readonly Cell[])[];
  const { rows: count, columns, types = [], watermark = null } = part.summary();
  return {
    name: part.name,
    stream: part.stream,
    token: part.resumeToken,
    count,
    columns,
    types,
    watermark,
    rows: records.slice(1),
  };
}
