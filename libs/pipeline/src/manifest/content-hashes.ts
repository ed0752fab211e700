import { AppError, type LocalPart, type StagedTable } from '@app/platform';
import { noTransform, type DuckDbEngine } from '@app/transform';
import { allStreamsOf } from '../stages/streams';
import type { ContentHashes } from './run-manifest';

export class ContentMiscountedError extends AppError {
  readonly code = 'load-unproven';
  constructor(what: string, stated: number, counted: number) {
    super(`${what} was said to have ${stated} rows and has ${counted}. Nothing was published; run it again, fully.`);
  }
}

export const NO_HASHES: ContentHashes = { streams: {}, tables: {} };

/**
 * Hashes of what was extracted and of what is to be loaded, by the definition in `docs/write-strategies.md`. Reads all rows.
 * Tables of which rows are left out on the way are not among them: those are hashed where they arrive.
 * @throws {ContentMiscountedError}
 */
export async function contentHashes(
  engine: DuckDbEngine,
  parts: readonly LocalPart[],
  tables: readonly StagedTable[],
  signal: AbortSignal,
): Promise<ContentHashes> {
  const streams = allStreamsOf(parts);
  const { relations, outputs } = await noTransform.compile({}, { streams, workDir: '', signal, table: null });
  const ofStreams: Record<string, string> = {};
  for (const { table, relation } of outputs) {
    if (table.columns.length === 0) continue;
    const files = relations.filter((each) => each.kind === 'files').filter(({ name }) => name === relation);
    const stated = (streams.get(table.name)?.files ?? []).reduce((sum, file) => sum + file.rows, 0);
    const { rows, hash } = await engine.contentOf({ relations: files, relation }, table.columns, signal);
    if (rows !== stated) throw new ContentMiscountedError(`The stream ${table.name}`, stated, rows);
    ofStreams[table.name] = hash;
  }
  const ofTables: Record<string, string> = {};
  for (const { table, rows: stated, content } of tables) {
    if (!content || table.columns.length === 0) continue;
    const { rows, hash } = await content(signal);
    if (rows !== stated) throw new ContentMiscountedError(`The staged table ${table.name}`, stated, rows);
    ofTables[table.name] = hash;
  }
  return { streams: ofStreams, tables: ofTables };
}
