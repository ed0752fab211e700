import { randomBytes } from 'node:crypto';
import type { ObjectStore, ReadOptions, StoredObject } from '../object-store/object-store';
import type { Manifest, Part, PartSummary, StagedPart } from './dataset';
import type { StageLayout } from './stage-layout';
import { PartInvalidError, StageSealedError } from './staging-error';

const WRITER_ID_BYTES = 4;

/** A part that an engine has already written as a local file. */
export type FilePart = Omit<Part, 'content' | 'summary'> & PartSummary;

export interface Stage {
  readonly runId: string;
  readonly stage: string;
  readonly layout: StageLayout;
}

/** Writes one stage's dataset, part by part. Made by {@link StagingStore.open}; one part at a time, since resume tokens only mean something in order. */
export class DatasetWriter {
  private readonly writer = randomBytes(WRITER_ID_BYTES).toString('hex');
  private readonly names: Set<string>;
  private readonly staged: StagedPart[];
  private busy = false;
  private sealed = false;

  constructor(
    private readonly store: ObjectStore,
    private readonly target: Stage,
    earlier: readonly StagedPart[],
  ) {
    this.staged = [...earlier];
    this.names = new Set(earlier.map(identity));
  }

  /** All parts recorded so far, those of earlier attempts included, in the order they were written. */
  get parts(): readonly StagedPart[] {
    return this.staged;
  }

  /** Of the last recorded part: a source given this yields exactly what is missing. Null before the first part. */
  get resumeToken(): string | null {
    return this.staged.at(-1)?.resumeToken ?? null;
  }

  /** Stores a part and records it; once this fulfilled, the part survives a kill. A part that failed may be written again. */
  write(part: Part, options: ReadOptions = {}): Promise<StagedPart> {
    return this.append(part, options, async (key) => ({
      stored: await this.store.put(key, part.content, options),
      summary: part.summary(),
    }));
  }

  /** {@link write} for a local file, which is taken over: moved where the store is a folder of the same file system. */
  writeFile(part: FilePart, path: string, options: ReadOptions = {}): Promise<StagedPart> {
    return this.append(part, options, async (key) => ({ stored: await this.store.putFile(key, path, options), summary: part }));
  }

  /** Completes the stage. Attributes are small and JSON; they are what later stages learn beside the parts. */
  async seal(attributes: Manifest['attributes'] = {}, options: ReadOptions = {}): Promise<Manifest> {
    return this.exclusively(async () => {
      const { runId, stage, layout } = this.target;
      const manifest: Manifest = { runId, stage, sealedAt: new Date().toISOString(), parts: [...this.staged], attributes };
      await this.store.put(layout.manifestKey, json(manifest), options);
      this.sealed = true;
      return manifest;
    });
  }

  private append(
    part: Pick<Part, 'stream' | 'name' | 'format' | 'resumeToken'>,
    options: ReadOptions,
    store: (key: string) => Promise<{ stored: StoredObject; summary: PartSummary }>,
  ): Promise<StagedPart> {
    return this.exclusively(async () => {
      if (this.names.has(identity(part))) throw new PartInvalidError(part, 'the dataset already has a part of this name');
      const ordinal = this.staged.length + 1;
      const key = this.target.layout.contentKey(ordinal, part, this.writer);
      const { stored, summary } = await store(key);
      const { stream, name, format, resumeToken } = part;
      const { rows, columns, types, facts, watermark } = summary;
      const { sizeBytes, sha256 } = stored;
      const known = { ...(types && { types }), ...(facts && { facts }), ...(watermark && { watermark }) };
      const staged: StagedPart = { stream, name, key, format, rows, columns, ...known, sizeBytes, sha256, resumeToken };
      await this.store.put(this.target.layout.sidecarKey(ordinal), json(staged), options);
      this.names.add(identity(part));
      this.staged.push(staged);
      return staged;
    });
  }

  private async exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.sealed) throw new StageSealedError(this.target.runId, this.target.stage);
    if (this.busy) throw new Error('A dataset is written one part at a time: await the earlier call first.');
    this.busy = true;
    try {
      return await work();
    } finally {
      this.busy = false;
    }
  }
}

function identity({ stream, name }: { readonly stream: string; readonly name: string }): string {
  return `${stream}/${name}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
