import { AppError } from '@app/platform';

export class SchemaNotFoundError extends AppError {
  readonly code = 'schema-not-found';
  constructor(name: string, version?: number) {
    super(version === undefined ? `Schema '${name}' not found in registry` : `Schema version ${version} not found for ${name}`);
  }
}

/** A version that exists with other columns, lies behind the latest, or breaks what reads the latest. */
export class SchemaConflictError extends AppError {
  readonly code = 'schema-conflict';
}
