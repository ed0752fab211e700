import { join } from 'node:path';
import { StagingStore, type Manifest, type StagedTable, type TableShape } from '@app/platform';
import type { DuckDbEngine } from '@app/transform';

/** What later stages need to know of one transformed table; its rows are the part of the same name. */
export interface TransformedTable {
  readonly shape: TableShape;
  readonly fingerprint: string;
}

/** What the transform tells later stages, beside the tables themselves. */
export interface TransformAttributes {
  readonly tables: readonly TransformedTable[];
  /** Records that the tables describe; null when the plan does not count them. */
  readonly population: number | null;
}

/** The manifest of a stage that the engine has already been through. */
export async function sealed(staging: StagingStore, runId: string, stage: string): Promise<Manifest> {
  const manifest = await staging.manifest(runId, stage);
  if (!manifest) throw new Error(`Stage ${stage} of run ${runId} has no manifest although a later stage runs.`);
  return manifest;
}

/** The sealed result of the transform stage. */
export async function transformed(staging: StagingStore, runId: string): Promise<{ manifest: Manifest; attributes: TransformAttributes }> {
  const manifest = await sealed(staging, runId, 'transform');
  // Written by the transform stage of this program; the staging store checked the manifest's own shape.
  return { manifest, attributes: manifest.attributes as unknown as TransformAttributes };
}

/** The transformed tables as the warehouse loads them: Parquet parts turned into COPY text when they are opened. */
export async function stagedTables(
  staging: StagingStore,
  engine: DuckDbEngine,
  runId: string,
  workDir: string,
  signal: AbortSignal,
): Promise<StagedTable[]> {
  const { manifest, attributes } = await transformed(staging, runId);
  const files = await staging.materialise(manifest.parts, join(workDir, 'tables'), signal);
  return attributes.tables.map(({ shape, fingerprint }, index) => {
    const file = files[index];
    if (!file)
      throw new Error(`The transform manifest of run ${runId} lists ${files.length} parts for ${attributes.tables.length} tables.`);
    return { table: shape, rows: file.rows, fingerprint, open: (opened: AbortSignal) => engine.copyText(file.path, shape.columns, opened) };
  });
}
