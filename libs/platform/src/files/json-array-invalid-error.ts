import { AppError } from '../errors/app-error';

/** A file that is no JSON array of objects. The message names file, byte and item, and quotes nothing. */
export class JsonArrayInvalidError extends AppError {
  readonly code = 'source-data-invalid';
}
