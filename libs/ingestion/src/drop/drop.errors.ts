import { AppError } from '@app/platform';

/** What can be wrong with a drop, in the words of reports and clients. */
export type DropFinding =
  | 'EMPTY_MEMBER'
  | 'TOO_FEW_COLUMNS'
  | 'BAD_ENCODING'
  | 'MALFORMED_CSV'
  | 'MALFORMED_JSON'
  | 'MALFORMED_PARQUET'
  | 'BAD_VALUE'
  | 'UNKNOWN_MEMBER'
  | 'MISSING_MEMBER'
  | 'DUPLICATE_MEMBER'
  | 'UNSAFE_PATH'
  | 'UNSAFE_ENTRY'
  | 'LIMIT_EXCEEDED'
  | 'NOT_AN_ARCHIVE'
  | 'EMPTY_ARCHIVE'
  | 'CHECKSUM_MISMATCH';

export interface DropPlace {
  /** The file's own name. */
  readonly member?: string;
  /** Counts from 1, the header and blank lines included. */
  readonly line?: number;
  readonly column?: string;
}

/** The drop itself is at fault, and stays so until somebody delivers a better one. Shows places, never a value. */
export class DropRefusedError extends AppError {
  readonly code = 'source-data-invalid';

  constructor(
    readonly finding: DropFinding,
    what: string,
    place: DropPlace = {},
  ) {
    super(`${finding}: ${where(place)}${what}.`, { finding, ...place });
  }
}

function where({ member, line, column }: DropPlace): string {
  const words = [
    ...(member === undefined ? [] : [`member ${member}`]),
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(column === undefined ? [] : [`column "${column}"`]),
  ];
  return words.length === 0 ? '' : `${words.join(', ')}: `;
}
