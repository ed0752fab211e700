import { AppError } from '@app/platform';

/** A mapping that cannot be used; lists every fault found. */
export class MappingInvalidError extends AppError {
  readonly code = 'mapping-invalid';
  constructor(readonly faults: readonly string[]) {
    super(`The mapping is not usable: ${faults.join('; ')}.`, { faults });
  }
}

/** The extract lacks something without which no table can be made. */
export class SourceDataInvalidError extends AppError {
  readonly code = 'source-data-invalid';
}

/** A file beside the extract (auxiliary, filter, block) that cannot be used; names the file and the line. */
export class InputInvalidError extends AppError {
  readonly code = 'input-invalid';
}

/** The engine could not run the plan. The message holds the step and the kind of failure, never a value. */
export class TransformFailedError extends AppError {
  readonly code = 'transform-failed';
  constructor(
    step: string,
    reason: string,
    override readonly retryable: boolean = false,
  ) {
    super(`The transform failed at ${step}: ${reason}.`, { step });
  }
}
