import { AppError } from '@app/platform';
import type { FieldUse } from '@app/transform';

export class DictionaryVersionNotFoundError extends AppError {
  readonly code = 'dictionary-version-not-found';
  constructor(pipeline: string, version: number) {
    super(`The data dictionary of ${pipeline} has no version ${version}; GET /dictionary/versions lists those that exist.`);
  }
}

/** A field of the mapping that the data dictionary no longer has, with the columns that it fed. */
export interface RemovedField {
  readonly field: string;
  readonly feeds: readonly FieldUse[];
}

/** Fields that a message names; the rest are counted. */
const NAMED_FIELDS = 20;

export class MappedFieldRemovedError extends AppError {
  readonly code = 'mapped-field-removed';
  constructor(pipeline: string, versions: { readonly from: number; readonly to: number }, removed: readonly RemovedField[]) {
    const named = removed.slice(0, NAMED_FIELDS).map(({ field, feeds }) => `${field} (feeds ${feeds.map(placeOf).join(', ')})`);
    const others = removed.length > NAMED_FIELDS ? ` and ${removed.length - NAMED_FIELDS} more` : '';
    super(
      `The data dictionary of ${pipeline} lost mapped fields between version ${versions.from} and version ${versions.to}: ${named.join('; ')}${others}. ` +
        'Correct the project or the mapping, or start a run with allowRemovedFields.',
      { removed },
    );
  }
}

export class DictionaryArchiveError extends AppError {
  readonly code = 'object-store-unavailable';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super(
      'The data dictionary could not be kept below POSTGRES_DUMP_PATH; check that the folder exists, is writable and has space.',
      {},
      { cause },
    );
  }
}

const placeOf = ({ row, table, column }: FieldUse): string => `${table}.${column} by mapping row ${row ?? '-'}`;
