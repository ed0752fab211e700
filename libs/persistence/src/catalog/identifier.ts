import { ShapeInvalidError } from '../warehouse/warehouse-errors';

/** PostgreSQL cuts longer names silently (NAMEDATALEN - 1), so two of them could meet in one relation. */
export const IDENTIFIER_MAX_BYTES = 63;

const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * Quotes a name for SQL, verbatim: mixed case, keywords, spaces and quotes are all legal.
 * @throws {ShapeInvalidError} for an empty name, one over 63 bytes, or one with a control character.
 */
export function quoteIdentifier(name: string): string {
  const problem = identifierProblem(name);
  if (problem) throw new ShapeInvalidError([problem]);
  return `"${name.replaceAll('"', '""')}"`;
}

export const qualifiedName = (schema: string, table: string): string => `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;

/** What makes a name unusable, or null. */
export function identifierProblem(name: string): string | null {
  if (name === '') return 'A name is empty.';
  if (CONTROL_CHARACTER.test(name)) return `The name ${JSON.stringify(name)} holds a control character.`;
  if (Buffer.byteLength(name) > IDENTIFIER_MAX_BYTES)
    return `The name ${JSON.stringify(name)} is longer than ${IDENTIFIER_MAX_BYTES} bytes.`;
  return null;
}
