import type { ObjectStore, ReadOptions } from '../object-store/object-store';
import { ObjectNotFoundError } from '../object-store/object-store-error';
import type { Manifest, StagedPart } from './dataset';
import { DatasetWriter } from './dataset-writer';
import { readManifest, readPart } from './manifest-schema';
import { mapBounded } from './map-bounded';
import { type LocalPart, localise, provenContent, verifyContent } from './part-content';
import { runFolder, StageLayout } from './stage-layout';
import { StageSealedError, StagingCorruptError } from './staging-error';

/** Small objects read at once; each takes a connection or a file handle. */
const SIDECAR_CONCURRENCY = 16;
/** Parts read at once: enough to fill a line, few enough to leave it to others too. */
const CONTENT_CONCURRENCY = 4;

const DEFAULT_FOLDER = 'staging/';

/** What lies between the stages of runs: immutable datasets, each complete exactly when it has a manifest. */
export class StagingStore {
  /** `folder` ends in `/`. */
  constructor(
    private readonly store: ObjectStore,
    private readonly folder = DEFAULT_FOLDER,
  ) {}

  /**
   * Opens a stage's dataset for writing, with all parts that earlier attempts recorded; a part that was being written
   * when its worker died is not among them.
   * @throws {StageSealedError} when the stage is complete. @throws {StagingCorruptError} when a recorded part is gone.
   */
  async open(runId: string, stage: string, options: ReadOptions = {}): Promise<DatasetWriter> {
    const layout = this.layout(runId, stage);
    const sizes = await this.sizes(layout, options);
    if (sizes.has(layout.manifestKey)) throw new StageSealedError(runId, stage);
    const sidecars = [...sizes.keys()].filter((key) => layout.ordinalOf(key) !== null);
    sidecars.forEach((key, index) => {
      if (layout.ordinalOf(key) !== index + 1) throw new StagingCorruptError(key, 'the part before it is not recorded');
    });
    const parts = await mapBounded(sidecars, SIDECAR_CONCURRENCY, (key, signal) => readPart(this.store, key, signal), options.signal);
    for (const part of parts) assertSize(part, sizes);
    return new DatasetWriter(this.store, { runId, stage, layout }, parts);
  }

  /** Null while the stage is not complete. */
  async manifest(runId: string, stage: string, options: ReadOptions = {}): Promise<Manifest | null> {
    try {
      return await readManifest(this.store, this.layout(runId, stage).manifestKey, options.signal);
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return null;
      throw error;
    }
  }

  async isSealed(runId: string, stage: string, options: ReadOptions = {}): Promise<boolean> {
    return (await this.store.stat(this.layout(runId, stage).manifestKey, options)) !== null;
  }

  /**
   * The parts as local files, in the given order. A store on this machine gives its own files, which are not to be
   * changed; from any other the parts are downloaded into `dir` (made if need be, deleted by the caller), at most four at once.
   * @throws {StagingCorruptError} when bytes are missing or not those that were written.
   */
  materialise(parts: readonly StagedPart[], dir: string, signal?: AbortSignal): Promise<LocalPart[]> {
    return mapBounded(parts, CONTENT_CONCURRENCY, (part, stop) => localise(this.store, part, dir, stop), signal);
  }

  /** The bytes of a part in bounded pieces. @throws {StagingCorruptError} at their end, when they are not those that were written */
  content(part: StagedPart, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return provenContent(this.store, part, signal);
  }

  /** `size` compares what a listing tells; `content` reads everything and compares SHA-256. @throws {StagingCorruptError} */
  async verify(manifest: Manifest, depth: 'size' | 'content', options: ReadOptions = {}): Promise<void> {
    const sizes = await this.sizes(this.layout(manifest.runId, manifest.stage), options);
    for (const part of manifest.parts) assertSize(part, sizes);
    if (depth === 'size') return;
    await mapBounded(manifest.parts, CONTENT_CONCURRENCY, (part, signal) => verifyContent(this.store, part, signal), options.signal);
  }

  /** Forgets one stage, or all of a run. The manifest goes first, so that a kill half way never leaves a complete stage without its parts. */
  async discard(runId: string, stage?: string, options: ReadOptions = {}): Promise<void> {
    if (stage === undefined) {
      const folder = runFolder(this.folder, runId);
      for await (const name of this.store.folders(folder, options)) await this.discard(runId, name, options);
      await this.store.deletePrefix(folder, options);
      return;
    }
    const layout = this.layout(runId, stage);
    await this.store.delete(layout.manifestKey, options);
    await this.store.deletePrefix(layout.folder, options);
  }

  /** Ids of all runs of which anything is staged. */
  runs(options: ReadOptions = {}): AsyncIterable<string> {
    return this.store.folders(this.folder, options);
  }

  /** Discards every run that `keep` does not want; returns their ids. */
  async sweep(keep: (runId: string) => boolean | Promise<boolean>, options: ReadOptions = {}): Promise<string[]> {
    const discarded: string[] = [];
    for await (const runId of this.runs(options)) {
      if (await keep(runId)) continue;
      await this.discard(runId, undefined, options);
      discarded.push(runId);
    }
    return discarded;
  }

  private layout(runId: string, stage: string): StageLayout {
    return new StageLayout(runFolder(this.folder, runId), stage);
  }

  private async sizes(layout: StageLayout, options: ReadOptions): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    for await (const { key, sizeBytes } of this.store.list(layout.folder, options)) sizes.set(key, sizeBytes);
    return sizes;
  }
}

function assertSize(part: StagedPart, sizes: ReadonlyMap<string, number>): void {
  const sizeBytes = sizes.get(part.key);
  if (sizeBytes === undefined) throw new StagingCorruptError(part.key, 'it is missing');
  if (sizeBytes !== part.sizeBytes) throw new StagingCorruptError(part.key, `it has ${sizeBytes} bytes instead of ${part.sizeBytes}`);
}
