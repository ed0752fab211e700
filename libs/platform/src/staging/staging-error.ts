import { AppError } from '../errors/app-error';

/** Staged bytes are not those that were written. Running the stage again from its start repairs it. */
export class StagingCorruptError extends AppError {
  readonly code = 'staging-corrupt';
  constructor(key: string, fault: string) {
    super(`The staged object ${key} is damaged: ${fault}. Discard the stage and run it again.`, { key });
  }
}

export class StageSealedError extends AppError {
  readonly code = 'run-not-resumable';
  constructor(runId: string, stage: string) {
    super(`Stage ${stage} of run ${runId} is complete; discard it to run it again.`, { runId, stage });
  }
}

export class PartInvalidError extends AppError {
  readonly code = 'source-data-invalid';
  constructor(part: { readonly stream: string; readonly name: string }, fault: string) {
    super(`Part ${JSON.stringify(part.name)} of stream ${JSON.stringify(part.stream)} cannot be staged: ${fault}.`);
  }
}
