import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { RequestInvalidError, type RequestFault } from './http-error.filter';

/** What a client calls the place that a decorator reads from. */
const PLACES: Readonly<Record<ArgumentMetadata['type'], string>> = { body: 'body', query: 'query', param: 'path', custom: 'body' };

class FaultsFound extends Error {
  constructor(readonly errors: readonly ValidationError[]) {
    super('A request is not understood.');
  }
}

class StrictValidation extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (!(error instanceof FaultsFound)) throw error;
      throw new RequestInvalidError(error.errors.flatMap((found) => faultsOf(found, [PLACES[metadata.type]])));
    }
  }
}

/** DTOs are strict: a misspelt field is an error, not silence. Every fault is reported at once, with its place. */
export const strictValidation = (): ValidationPipe =>
  new StrictValidation({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: false,
    exceptionFactory: (errors) => new FaultsFound(errors),
  });

const faultsOf = (error: ValidationError, path: readonly string[]): RequestFault[] => {
  const loc = [...path, error.property];
  const own = Object.entries(error.constraints ?? {}).map(([type, msg]) => ({ type, loc, msg }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, loc))];
};
