import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AppError, bodyFault, RequestInvalidError, StagingStore, type StagedPart } from '@app/platform';
import {
  codeConfig,
  CodeTransform,
  MAX_PREVIEW_ROWS,
  previewTransform,
  SpillDirectory,
  type Sample,
  stepKinds,
  type Preview,
  type StepKind,
  type StreamInput,
  TransformInvalidError,
} from '@app/transform';
import { readDataId } from '../platform/data-id';
import { DataNotFoundError } from '../platform/pipeline-requests';
import { TransformationRegistry, type UsedTransformation } from '../registry/transformations/transformation-registry';
import { engineConfig } from '../stages/engine.config';
import { streamsOf } from '../stages/streams';
import { previewConfig } from './preview.config';
import { readPreview, type PreviewBody } from './preview-request';

/** One thread: the process that answers has other requests. */
const THREADS = 1;
/** Kinds that make many tables of a whole extract. */
const WHOLE_EXTRACT = new Set(['mapping', 'drop']);

export class PreviewBusyError extends AppError {
  readonly code = 'preview-busy';
  override readonly retryable = true;
  constructor(concurrency: number) {
    super(`${concurrency} previews are at work (PREVIEW_CONCURRENCY); try again in a moment.`);
  }
}

/** Rows that a transform only reshapes are not written. */
export class DataIsRecipeError extends AppError {
  readonly code = 'request-incomplete';
  constructor(dataId: string, runId: string) {
    super(`Data ${dataId} is made while it is loaded; try the transform on ${runId}.extract, after the steps that made it.`);
  }
}

export interface TransformPreview extends Preview {
  /** Registered transformations among the steps. */
  readonly transformations: readonly UsedTransformation[];
}

/** Tries transforms on a few rows, in this process but off its event loop, within limits of its own. */
@Injectable()
export class TransformPreviews {
  private readonly kinds: readonly StepKind[];
  private working = 0;

  constructor(
    private readonly registry: TransformationRegistry,
    private readonly staging: StagingStore,
    @Inject(codeConfig.KEY) code: ConfigType<typeof codeConfig>,
    @Inject(engineConfig.KEY) private readonly engine: ConfigType<typeof engineConfig>,
    @Inject(previewConfig.KEY) private readonly limits: ConfigType<typeof previewConfig>,
  ) {
    this.kinds = stepKinds(new CodeTransform(code));
  }

  /**
   * @throws {RequestInvalidError} with every fault and its place
   * @throws {DataNotFoundError | TransformationNotFoundError | PreviewBusyError}
   * @throws {TransformFailedError} when the rows cannot be transformed, or not within the limits
   */
  async run(body: unknown): Promise<TransformPreview> {
    const { request, placeOf } = readPreview(body);
    const faultAt = (path: string, message: string) => bodyFault(body, placeOf(path), 'value_error', message);
    const unfit = request.steps.flatMap(({ kind }, index) =>
      WHOLE_EXTRACT.has(kind) ? [faultAt(`steps.${index}.kind`, `a ${kind} is for whole extracts; start its pipeline with dryRun`)] : [],
    );
    if (unfit.length > 0) throw new RequestInvalidError(unfit);
    if (this.working >= this.limits.concurrency) throw new PreviewBusyError(this.limits.concurrency);
    this.working += 1;
    try {
      return await this.preview(request);
    } catch (error) {
      if (!(error instanceof TransformInvalidError)) throw error;
      throw new RequestInvalidError(error.faults.map(({ path, message }) => faultAt(path, message)));
    } finally {
      this.working -= 1;
    }
  }

  private async preview(request: PreviewBody): Promise<TransformPreview> {
    const resolved = await Promise.all(request.steps.map(({ kind, config }) => this.registry.resolve(kind, config)));
    const steps = request.steps.map((step, index) => ({ ...step, config: resolved[index]?.config }));
    const preview = await this.withSample(request, (sample) => {
      const settings = { ...this.limits, threads: THREADS, spillRoot: this.engine.spillRoot };
      return previewTransform({ steps, sample, limit: request.limit }, this.kinds, settings, new AbortController().signal);
    });
    return { ...preview, transformations: resolved.flatMap(({ used }) => used ?? []) };
  }

  private async withSample<T>(
    { rows = [], columns, data_id: dataId }: PreviewBody,
    work: (sample: Sample | StreamInput[]) => Promise<T>,
  ): Promise<T> {
    if (dataId === undefined) {
      return work({ rows, ...(columns && { columns: columns.map(({ name }) => name), types: columns.map(({ type }) => type) }) });
    }
    const parts = await this.firstParts(dataId);
    const spill = await SpillDirectory.create(this.engine.spillRoot);
    try {
      const local = await this.staging.materialise(parts, spill.path, AbortSignal.timeout(this.limits.timeoutMs));
      return await work([...streamsOf(local).values()]);
    } finally {
      await spill.remove();
    }
  }

  /** Of each stream, as many parts as are needed for a sample. */
  private async firstParts(dataId: string): Promise<StagedPart[]> {
    const place = readDataId(dataId);
    const manifest = place && (await this.staging.manifest(place.runId, place.stage));
    if (!manifest) throw new DataNotFoundError(dataId);
    if (place.stage === 'transform' && manifest.parts.length === 0) throw new DataIsRecipeError(dataId, place.runId);
    const taken = new Map<string, number>();
    return manifest.parts.filter(({ stream, rows }) => {
      const before = taken.get(stream) ?? 0;
      taken.set(stream, before + rows);
      return before < MAX_PREVIEW_ROWS;
    });
  }
}
