import { Injectable } from '@nestjs/common';
import type { DatasetWriter, Manifest, StagedPart, Watermark } from '@app/platform';
import { DictionaryKeeper } from '../dictionary/dictionary-keeper';
import { Connectors } from './connectors';
import { EarlyPublication } from './early-publication';
import { PartFeed } from './part-feed';
import type { Stage, StageContext, StageOutcome } from './stage';
import { rowsOf } from './streams';
import { Targets } from './targets';

/** What the extract tells later stages, beside its parts. */
export interface ExtractAttributes {
  readonly dictionaryVersion: number | null;
  /** What the next run continues from, once this one is published. */
  readonly watermark: Watermark | null;
  /** The watermark that stood when its last attempt began. */
  readonly since: Watermark | null;
  /** Whether no attempt died on the way, so that all parts are of one moment where the source can have it so. */
  readonly isOneAttempt: boolean;
}

@Injectable()
export class ExtractStage implements Stage {
  readonly name = 'extract';

  constructor(
    private readonly connectors: Connectors,
    private readonly targets: Targets,
    private readonly dictionaries: DictionaryKeeper,
    private readonly early: EarlyPublication,
  ) {}

  /** Stages the parts that an earlier attempt did not finish, then seals. Nothing is fetched twice. */
  async run(context: StageContext): Promise<StageOutcome> {
    const dataset = await context.staging.open(this.name);
    const since = await this.watermark(context);
    const feed = new PartFeed(dataset.parts);
    const failed = new AbortController();
    const early = this.early.follow({ ...context, signal: AbortSignal.any([context.signal, failed.signal]) }, feed, since);
    try {
      const manifest = await this.extract(context, dataset, feed, since);
      feed.complete(manifest);
      const sum = (of: (part: StagedPart) => number): number => manifest.parts.reduce((total, part) => total + of(part), 0);
      return { rows: sum(rowsOf), bytes: sum(({ sizeBytes }) => sizeBytes) };
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      await early;
    }
  }

  private async extract(context: StageContext, dataset: DatasetWriter, feed: PartFeed, since: Watermark | null): Promise<Manifest> {
    const { run, definition, unit, signal, progress } = context;
    const { source, config } = await this.connectors.openSource(definition);
    const watermark = run.full ? null : since;
    const isOneAttempt = dataset.resumeToken === null;
    let rows = dataset.parts.reduce((sum, part) => sum + rowsOf(part), 0);
    const verbatim = this.early.isPossible(context);
    const request = { config, after: dataset.resumeToken, full: run.full, watermark, unit: unit.token, verbatim, signal };
    for await (const part of source.extract(request)) {
      signal.throwIfAborted();
      const staged = await dataset.write(part);
      feed.add(staged);
      rows += rowsOf(staged);
      progress({ done: rows, total: null, note: `extract ${part.name}` });
      await feed.keepClose(staged.stream, signal);
    }
    const dictionaryVersion = await this.dictionaries.keep(definition.name, run.id, dataset.parts, signal);
    const attributes: ExtractAttributes = {
      dictionaryVersion,
      watermark: dataset.parts.findLast((part) => part.watermark)?.watermark ?? watermark,
      since,
      isOneAttempt,
    };
    return dataset.seal({ ...attributes });
  }

  /** What the last published run stated; it lies beside the data that it is true of. */
  private async watermark({ run, definition }: StageContext): Promise<Watermark | null> {
    const publisher = await this.targets.open(definition);
    return (await publisher.watermark(run.definitionName)) as Watermark | null;
  }
}
