import { AppError } from '@app/platform';

/** A mapping that cannot be used; lists every fault found. */
export class MappingInvalidError extends AppError {
  readonly code = 'mapping-invalid';
  constructor(readonly faults: readonly string[]) {
    super(`The mapping is not usable: ${faults.join('; ')}.`, { faults });
  }
}

/** One thing wrong with the settings of a transform. `path` leads to the setting, joined by dots; empty for all of them. */
export interface TransformFault {
  readonly path: string;
  readonly message: string;
}

/** Settings of a transform that do not fit the data or themselves; lists every fault found. */
export class TransformInvalidError extends AppError {
  readonly code = 'transform-invalid';
  constructor(readonly faults: readonly TransformFault[]) {
    super(`The transform cannot be used: ${faults.map(describeFault).join('; ')}.`, { faults });
  }

  /** The same with longer paths. */
  below(path: string): TransformInvalidError {
    const place = (inner: string): string => [path, inner].filter((part) => part !== '').join('.');
    return new TransformInvalidError(this.faults.map((fault) => ({ ...fault, path: place(fault.path) })));
  }
}

function describeFault({ path, message }: TransformFault): string {
  return path === '' ? message : `${path}: ${message}`;
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
    readonly reason: string,
    override readonly retryable: boolean = false,
  ) {
    super(`The transform failed at ${step}: ${reason}.`, { step });
  }
}
