import { Injectable } from '@nestjs/common';
import { StagingStore } from '@app/platform';
import { DictionaryKeeper } from '../dictionary/dictionary-keeper';
import { Connectors } from './connectors';
import type { Stage, StageContext, StageOutcome } from './stage';

@Injectable()
export class ExtractStage implements Stage {
  readonly name = 'extract';

  constructor(
    private readonly connectors: Connectors,
    private readonly staging: StagingStore,
    private readonly dictionaries: DictionaryKeeper,
  ) {}

  /** Stages the parts that an earlier attempt did not finish, then seals. Nothing is fetched twice. */
  async run({ run, definition, signal, progress }: StageContext): Promise<StageOutcome> {
    const { source, config } = await this.connectors.openSource(definition);
    const dataset = await this.staging.open(run.id, this.name);
    let rows = dataset.parts.reduce((sum, part) => sum + part.rows, 0);
    for await (const part of source.extract({ config, after: dataset.resumeToken, full: run.full, signal })) {
      signal.throwIfAborted();
      const staged = await dataset.write(part);
      rows += staged.rows;
      progress({ done: rows, total: null, note: `extract ${part.name}` });
    }
    const dictionaryVersion = await this.dictionaries.keep(definition.name, run.id, dataset.parts, signal);
    const manifest = await dataset.seal({ dictionaryVersion });
    return { rows, bytes: manifest.parts.reduce((sum, part) => sum + part.sizeBytes, 0) };
  }
}
