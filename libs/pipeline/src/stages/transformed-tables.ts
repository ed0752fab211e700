import { join } from 'node:path';
import type { LocalPart, Manifest, StagedPart, StagedTable, TableShape } from '@app/platform';
import { type DuckDbEngine, type InputFile, parquetSource, type RowSource } from '@app/transform';
import { acceptedTables } from '../quarantine/accepted-tables';
import type { UnitStaging } from './unit-staging';

/** What later stages need to know of one transformed table. */
export interface TransformedTable {
  readonly shape: TableShape;
  readonly fingerprint: string;
  readonly rows: number;
  /** How its rows are made of the extract's parts; without it they are the transform's part of the same ordinal. */
  readonly source?: RowSource;
}

/** What the transform tells later stages, beside the tables themselves. */
export interface TransformAttributes {
  /** Written tables first, in the order of the parts. */
  readonly tables: readonly TransformedTable[];
  /** Tables as the author of the transform describes them, filled by it in full, in part or not at all. */
  readonly schema?: readonly TableShape[];
  /** Records that the tables describe; null when the plan does not count them. */
  readonly population: number | null;
}

/** The sealed result of the transform stage. */
export async function transformed(staging: UnitStaging): Promise<{ manifest: Manifest; attributes: TransformAttributes }> {
  const manifest = await staging.sealed('transform');
  // Written by the transform stage of this program; the staging store checked the manifest's own shape.
  return { manifest, attributes: manifest.attributes as unknown as TransformAttributes };
}

/**
 * The transformed tables as the warehouse loads them: turned into COPY text when they are opened. Once the unit is validated,
 * without the rows that were refused.
 */
export async function stagedTables(
  staging: UnitStaging,
  engine: DuckDbEngine,
  workDir: string,
  signal: AbortSignal,
): Promise<StagedTable[]> {
  const { manifest, attributes } = await transformed(staging);
  const files = await staging.materialise(manifest.parts, join(workDir, 'tables'), signal);
  const needsExtract = attributes.tables.some(({ source }) => source !== undefined);
  const extracted = needsExtract ? await staging.materialise((await staging.sealed('extract')).parts, join(workDir, 'parts'), signal) : [];
  const paths = new Map(extracted.map(({ key, path }) => [key, path]));
  const tables = attributes.tables.map(({ shape, fingerprint, rows, source }, index): StagedTable => {
    const from = source ? withPlaces(source, (file) => paths.get(file.path)) : writtenTable(files[index], shape.name);
    return {
      ...{ table: shape, rows, fingerprint },
      open: (opened, takesText) => engine.copyRows(from, shape.columns, opened, takesText),
      // The target takes some of the cells of such a table for others.
      ...(!shape.blankIsNull && !shape.nullIsBlank && { content: (asked: AbortSignal) => engine.contentOf(from, shape.columns, asked) }),
    };
  });
  return acceptedTables(staging, tables, workDir, signal);
}

function writtenTable(file: LocalPart | undefined, table: string): RowSource {
  if (!file) throw new Error(`The transform manifest lists no part for table ${table}.`);
  return parquetSource(file.path);
}

/** A recipe whose files are named by their keys in the store, since it may be carried out on another machine. */
export function withKeys(source: RowSource, parts: readonly (StagedPart & { readonly path: string })[]): RowSource {
  const keys = new Map(parts.map(({ key, path }) => [path, key]));
  return withPlaces(source, (file) => keys.get(file.path));
}

function withPlaces(source: RowSource, place: (file: InputFile) => string | undefined): RowSource {
  const moved = (file: InputFile): InputFile => {
    const path = place(file);
    if (path === undefined) throw new Error('A streamed table reads a file that is no part of the extract.');
    const { format, columns, rows, sha256 } = file;
    return { path, format, columns, ...(rows !== undefined && { rows }), ...(sha256 !== undefined && { sha256 }) };
  };
  const relations = source.relations.map((relation) =>
    relation.kind === 'files' ? { ...relation, files: relation.files.map(moved) } : relation,
  );
  return { ...source, relations };
}
