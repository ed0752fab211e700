import { Injectable } from '@nestjs/common';
import { AppError, StagingStore } from '@app/platform';
import { DictionaryCheck } from '../dictionary/dictionary-check';
import type { Stage, StageContext, StageOutcome } from './stage';
import { sealed, transformed } from './transformed-tables';

export class EmptyExtractError extends AppError {
  readonly code = 'shrink-refused';
  constructor(pipeline: string) {
    super(
      `The extract of ${pipeline} holds no record, and an empty extract never replaces data. If the source is meant to be empty, start the run with allowShrink.`,
    );
  }
}

@Injectable()
export class ValidateStage implements Stage {
  readonly name = 'validate';

  constructor(
    private readonly staging: StagingStore,
    private readonly dictionaries: DictionaryCheck,
  ) {}

  /** Refuses what must never be loaded, before anything is. */
  async run({ run, definition }: StageContext): Promise<StageOutcome> {
    const { attributes, manifest } = await transformed(this.staging, run.id);
    const allowShrink = definition.load.allowShrink || run.parameters.allowShrink === true;
    if (attributes.population === 0 && !allowShrink) throw new EmptyExtractError(definition.name);
    const { dictionaryVersion } = (await sealed(this.staging, run.id, 'extract')).attributes;
    if (typeof dictionaryVersion === 'number') await this.dictionaries.check(run, definition, dictionaryVersion);
    await (await this.staging.open(run.id, this.name)).seal({ population: attributes.population });
    return { rows: manifest.parts.reduce((sum, part) => sum + part.rows, 0), bytes: 0 };
  }
}
