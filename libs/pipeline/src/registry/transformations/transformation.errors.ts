import { AppError } from '@app/platform';

export class TransformationNotFoundError extends AppError {
  readonly code = 'transformation-not-found';
  constructor(id: string, version?: number) {
    super(version === undefined ? `Transformation '${id}' not found` : `Version ${version} not found for transformation '${id}'`);
  }
}

/** A version that exists with another body, lies behind the latest, or is not of the kind that a pipeline takes it for. */
export class TransformationConflictError extends AppError {
  readonly code = 'transformation-conflict';
}
