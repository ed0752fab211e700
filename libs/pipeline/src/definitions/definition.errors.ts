import { AppError } from '@app/platform';

export class DefinitionNotFoundError extends AppError {
  readonly code = 'definition-not-found';
  constructor(name: string) {
    super(`There is no pipeline ${name}; GET /definitions lists those that exist.`);
  }
}

/** A document that is not a pipeline. Names every fault at once by its path. */
export class DefinitionInvalidError extends AppError {
  readonly code = 'definition-invalid';
  constructor(
    where: string,
    readonly faults: readonly { readonly path: string; readonly message: string }[],
  ) {
    super(`${where} is not a usable pipeline definition: ${faults.map(({ path, message }) => `${path}: ${message}`).join('; ')}`, {
      faults,
    });
  }
}
