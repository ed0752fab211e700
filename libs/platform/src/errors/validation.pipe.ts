import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { RequestInvalidError, type RequestFault } from './http-error.filter';

/** DTO bodies are strict: a misspelt field is an error, not silence. Every fault is reported at once. */
export const strictValidation = (): ValidationPipe =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: false,
    exceptionFactory: (errors) => new RequestInvalidError(errors.flatMap((error) => faultsOf(error, ['body']))),
  });

const faultsOf = (error: ValidationError, path: readonly string[]): RequestFault[] => {
  const loc = [...path, error.property];
  const own = Object.entries(error.constraints ?? {}).map(([type, msg]) => ({ type, loc, msg }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, loc))];
};
