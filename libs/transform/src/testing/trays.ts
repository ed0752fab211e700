import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnType } from '@app/platform';
import { stepKinds } from '../chain/chain.transform';
import type { DuckDbSettings } from '../engines/duckdb/duckdb-settings';
import { type Preview, previewTransform } from '../preview/preview-transform';
import type { Sample } from '../preview/sample-stream';

const COLUMNS = ['tray_id', 'crop', 'bay', 'seeds', 'grams', 'sown_on', 'alive'];
const TYPES: ColumnType[] = ['integer', 'string', 'string', 'integer', 'float', 'timestamp', 'boolean'];
const ROWS = [
  [11, 'Basil', 'N1', 40, 12.5, '2025-04-02 08:00', true],
  [12, 'chard', 'N1', null, 7.25, '2025-04-03 09:30', false],
  [13, null, 'S2', 25, null, null, true],
  [14, 'Basil', null, 10, 3, '2025-05-20 00:00', null],
  [15, 'Dill', 'S2', 25, 8, '2025-05-21 00:00', true],
];

/** The row set that the conformance cases of the platform speak of. */
export const TRAYS: Sample = {
  columns: COLUMNS,
  types: TYPES,
  rows: ROWS.map((row) => Object.fromEntries(COLUMNS.map((name, index) => [name, row[index]]))),
};

export const NO_TRAYS: Sample = { ...TRAYS, rows: [] };

export interface Outcome extends Preview {
  /** Cells in column order. */
  readonly cells: readonly (readonly unknown[])[];
  readonly names: readonly string[];
}

/** Runs transforms on samples, in a folder of its own. */
export class TransformBench {
  readonly settings: DuckDbSettings;

  private constructor(readonly folder: string) {
    this.settings = { memoryLimitBytes: 256 * 1024 ** 2, threads: 2, spillRoot: folder, timeoutMs: 60_000 };
  }

  static async create(): Promise<TransformBench> {
    return new TransformBench(await mkdtemp(join(tmpdir(), 'tributary-steps-')));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  async chain(steps: unknown, sample: Sample = TRAYS): Promise<Outcome> {
    const signal = new AbortController().signal;
    const preview = await previewTransform({ steps, sample, limit: 1000 }, stepKinds(null), this.settings, signal);
    const names = preview.columns.map(({ name }) => name);
    return { ...preview, names, cells: preview.rows.map((row) => names.map((name) => row[name])) };
  }

  config(config: object, sample?: Sample): Promise<Outcome> {
    return this.chain([{ kind: 'config', config }], sample);
  }

  sql(query: string, parameters?: object, sample?: Sample): Promise<Outcome> {
    return this.chain([{ kind: 'sql', config: { sql_query: query, ...(parameters && { parameters }) } }], sample);
  }
}
