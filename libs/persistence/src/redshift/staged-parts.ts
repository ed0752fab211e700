import { createHash } from 'node:crypto';
import { json } from 'node:stream/consumers';
import type { StagedTable } from '@app/platform';
import { z } from 'zod';
import type { NullCells } from './csv-recoder';
import { nullTokenOf, writeParts, type LoadPart, type PartStore } from './load-parts';
import type { RedshiftDatabase } from './redshift-database';

const FOLDER = 'redshift/';
/** Written last: parts without it are those of an attempt that died. */
const CONTENTS = 'contents.json';
const MANIFEST = 'manifest.json';
/** Where the cluster does not tell: a serverless workgroup, or a user who may not look. */
const DEFAULT_SLICES = 4;
/** Parts of a publication that nobody knows may be those of another deployment, at work right now. */
const KEEP_UNKNOWN_MS = 24 * 60 * 60_000;

const contentsSchema = z.object({
  table: z.string(),
  fingerprint: z.string(),
  parts: z.array(z.object({ key: z.string(), rows: z.number(), lines: z.number(), sizeBytes: z.number(), sha256: z.string() })),
});

/** The parts of one table of a publication. */
export interface TableParts {
  readonly parts: readonly LoadPart[];
  /** Of their folder, and of the manifest in it, as the cluster names them. */
  readonly url: string;
  readonly manifestUrl: string;
}

/** Staged rows as the cluster reads them, kept in a bucket from load until the publication is done with them. */
export class StagedParts {
  constructor(
    private readonly database: RedshiftDatabase,
    private readonly store: PartStore,
  ) {}

  /** What was written; written now where it was not, or where somebody has taken it away. */
  async open(runId: string, staged: StagedTable, nulls: readonly NullCells[], signal: AbortSignal): Promise<TableParts> {
    const folder = folderOf(runId, staged);
    const fingerprint = fingerprintOf(staged, nulls);
    const before = await this.find(folder, fingerprint, signal);
    if (before) return before;
    const slices = await this.slices();
    const parts = await writeParts(this.store, { staged, folder, nullToken: nullTokenOf(runId), nulls, slices, signal });
    const entries = parts.map(({ key, sizeBytes }) => ({ url: this.url(key), mandatory: true, meta: { content_length: sizeBytes } }));
    await this.put(`${folder}${MANIFEST}`, { entries }, signal);
    await this.put(`${folder}${CONTENTS}`, { table: staged.table.name, fingerprint, parts }, signal);
    return this.described(folder, parts);
  }

  discard(runId: string): Promise<void> {
    return this.store.store.deletePrefix(`${this.store.prefix}${runFolder(runId)}`);
  }

  async sweep(aliveRunIds: Iterable<string>): Promise<number> {
    const { store, prefix } = this.store;
    const alive = new Set([...aliveRunIds].map((runId) => `${prefix}${runFolder(runId)}`));
    let swept = 0;
    for await (const name of store.folders(`${prefix}${FOLDER}`)) {
      const folder = `${prefix}${FOLDER}${name}/`;
      if (alive.has(folder) || (await this.isRecent(folder))) continue;
      await store.deletePrefix(folder);
      swept += 1;
    }
    return swept;
  }

  private async isRecent(folder: string): Promise<boolean> {
    for await (const { modifiedAt } of this.store.store.list(folder)) if (modifiedAt.getTime() > Date.now() - KEEP_UNKNOWN_MS) return true;
    return false;
  }

  private async find(folder: string, wanted: string, signal: AbortSignal): Promise<TableParts | null> {
    const key = `${this.store.prefix}${folder}${CONTENTS}`;
    if ((await this.store.store.stat(key, { signal })) === null) return null;
    const { fingerprint, parts } = contentsSchema.parse(await json(await this.store.store.open(key, { signal })));
    return fingerprint === wanted ? this.described(folder, parts) : null;
  }

  private async slices(): Promise<number> {
    const rows = await this.database.query<{ slices: string }>('select count(*) as slices from stv_slices').catch(() => []);
    return Number(rows[0]?.slices ?? 0) || DEFAULT_SLICES;
  }

  private async put(key: string, content: unknown, signal: AbortSignal): Promise<void> {
    await this.store.store.put(`${this.store.prefix}${key}`, Buffer.from(JSON.stringify(content)), { signal });
  }

  private described(folder: string, parts: readonly LoadPart[]): TableParts {
    const url = this.url(`${this.store.prefix}${folder}`);
    return { parts, url, manifestUrl: `${url}${MANIFEST}` };
  }

  private url(key: string): string {
    return `s3://${this.store.bucket}/${key}`;
  }
}

/** Ids and names of tables may hold anything; keys of objects may not. */
const hashed = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
const fingerprintOf = ({ fingerprint, table }: StagedTable, nulls: readonly NullCells[]): string =>
  hashed(JSON.stringify([fingerprint, table.columns.map(({ name }) => name), nulls]));
const runFolder = (runId: string): string => `${FOLDER}${hashed(runId)}/`;
const folderOf = (runId: string, { table }: StagedTable): string => `${runFolder(runId)}${hashed(table.name)}/`;
