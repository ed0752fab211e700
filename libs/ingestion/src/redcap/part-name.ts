/** The stream of the data dictionary, one part. */
export const DICTIONARY_STREAM = 'metadata';
/** The stream of the records. */
export const RECORD_STREAM = 'record';

const ORDINAL_DIGITS = 6;

/** Names sort as the parts follow each other. */
export function partName(ordinal: number): string {
  return `${RECORD_STREAM}-${String(ordinal).padStart(ORDINAL_DIGITS, '0')}`;
}
