import { Injectable } from '@nestjs/common';
import { AppError } from '@app/platform';
import { DictionaryCheck } from '../dictionary/dictionary-check';
import { RunValidation } from '../quarantine/run-validation';
import type { ExtractAttributes } from './extract.stage';
import type { Stage, StageContext, StageOutcome } from './stage';
import { transformed } from './transformed-tables';

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
    private readonly dictionaries: DictionaryCheck,
    private readonly validation: RunValidation,
  ) {}

  /** Refuses what must never be loaded, before anything is. */
  async run(context: StageContext): Promise<StageOutcome> {
    const { run, definition, staging } = context;
    const { attributes } = await transformed(staging);
    const allowShrink = definition.load.allowShrink || run.parameters.allowShrink === true;
    if (attributes.population === 0 && !allowShrink) throw new EmptyExtractError(definition.name);
    const { dictionaryVersion } = (await staging.sealed('extract')).attributes as unknown as ExtractAttributes;
    if (dictionaryVersion !== null) await this.dictionaries.check(run, definition, dictionaryVersion);
    const refused = await this.validation.check(context);
    await (await staging.open(this.name)).seal({ population: attributes.population, ...refused });
    return { rows: attributes.tables.reduce((sum, table) => sum + table.rows, 0), bytes: 0 };
  }
}
