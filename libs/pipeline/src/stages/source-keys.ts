import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { KEY_STREAM } from '@app/ingestion';
import type { LoadRequest, SourceKeys } from '@app/persistence';
import type { LocalPart, StagedTable } from '@app/platform';
import { noTransform, type DuckDbEngine } from '@app/transform';
import type { ExtractAttributes } from './extract.stage';
import { allStreamsOf } from './streams';
import type { UnitStaging } from './unit-staging';

/** The keys that the extract found at its source, for each table of the unit; none where it was not asked for them. */
export async function sourceKeys(
  staging: UnitStaging,
  engine: DuckDbEngine,
  tables: readonly StagedTable[],
  workDir: string,
  signal: AbortSignal,
): Promise<NonNullable<LoadRequest['sourceKeys']>> {
  const { parts, attributes } = await staging.sealed('extract');
  const own = parts.filter(({ stream }) => stream === KEY_STREAM);
  if (own.length === 0) return {};
  const files = await staging.materialise(own, join(workDir, 'keys'), signal);
  // Manifests of earlier programs do not say.
  const { isOneAttempt = false } = attributes as Partial<ExtractAttributes>;
  const of = async (table: string): Promise<SourceKeys> => ({ staged: await keyTable(table, files, engine), isOneMoment: isOneAttempt });
  return Object.fromEntries(await Promise.all(tables.map(async ({ table: { name } }) => [name, await of(name)] as const)));
}

/** Keys are never transformed: they go to the table as the source wrote them. */
async function keyTable(name: string, files: readonly LocalPart[], engine: DuckDbEngine): Promise<StagedTable> {
  const context = { streams: allStreamsOf(files), workDir: '', signal: new AbortController().signal, table: name };
  const { relations, outputs } = await noTransform.compile({}, context);
  const [output] = outputs;
  if (output === undefined) throw new Error('A stream without a part was taken for keys.');
  const { table, relation } = output;
  const source = { relations: relations.filter((each) => each.kind === 'files'), relation };
  const digest = createHash('sha256');
  for (const { sha256 } of files) digest.update(sha256);
  return {
    table,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    fingerprint: digest.digest('hex'),
    open: (opened, takesText) => engine.copyRows(source, table.columns, opened, takesText),
  };
}
