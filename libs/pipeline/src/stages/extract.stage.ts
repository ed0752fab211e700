import { Injectable } from '@nestjs/common';
import type { Watermark } from '@app/platform';
import { DictionaryKeeper } from '../dictionary/dictionary-keeper';
import { Connectors } from './connectors';
import type { Stage, StageContext, StageOutcome } from './stage';
import { Targets } from './targets';

/** What the extract tells later stages, beside its parts. */
export interface ExtractAttributes {
  readonly dictionaryVersion: number | null;
  /** What the next run continues from, once this one is published. */
  readonly watermark: Watermark | null;
}

@Injectable()
export class ExtractStage implements Stage {
  readonly name = 'extract';

  constructor(
    private readonly connectors: Connectors,
    private readonly targets: Targets,
    private readonly dictionaries: DictionaryKeeper,
  ) {}

  /** Stages the parts that an earlier attempt did not finish, then seals. Nothing is fetched twice. */
  async run(context: StageContext): Promise<StageOutcome> {
    const { run, definition, unit, staging, signal, progress } = context;
    const { source, config } = await this.connectors.openSource(definition);
    const dataset = await staging.open(this.name);
    const watermark = run.full ? null : await this.watermark(context);
    let rows = dataset.parts.reduce((sum, part) => sum + part.rows, 0);
    const request = { config, after: dataset.resumeToken, full: run.full, watermark, unit: unit.token, signal };
    for await (const part of source.extract(request)) {
      signal.throwIfAborted();
      const staged = await dataset.write(part);
      rows += staged.rows;
      progress({ done: rows, total: null, note: `extract ${part.name}` });
    }
    const dictionaryVersion = await this.dictionaries.keep(definition.name, run.id, dataset.parts, signal);
    const attributes: ExtractAttributes = {
      dictionaryVersion,
      watermark: dataset.parts.findLast((part) => part.watermark)?.watermark ?? watermark,
    };
    const manifest = await dataset.seal({ ...attributes });
    return { rows, bytes: manifest.parts.reduce((sum, part) => sum + part.sizeBytes, 0) };
  }

  /** What the last published run stated; it lies beside the data that it is true of. */
  private async watermark({ run, definition }: StageContext): Promise<Watermark | null> {
    const publisher = await this.targets.open(definition);
    return (await publisher.watermark(run.definitionName)) as Watermark | null;
  }
}
