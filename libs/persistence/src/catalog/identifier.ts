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

/** Part of no honest name; where one slips past quoting in somebody else's tool, it ends a statement. */
const STATEMENT_PUNCTUATION = /;|--|\/\*/;
/** Ours, the server's own, and what it reserves for itself. */
const RESERVED_SCHEMA = /^(tributary|tributary_staging|information_schema|pg_.*)$/s;

/** What makes a name unusable for a table that is written, or null. */
export const tableNameProblem = (name: string): string | null =>
  identifierProblem(name) ?? (STATEMENT_PUNCTUATION.test(name) ? `The name ${JSON.stringify(name)} holds statement punctuation.` : null);

/** What makes a schema unusable for tables that are written, or null. */
export const schemaNameProblem = (name: string): string | null =>
  tableNameProblem(name) ?? (RESERVED_SCHEMA.test(name) ? `Nothing is ever written into the schema ${JSON.stringify(name)}.` : null);

/** What makes a name unusable, or null. */
export function identifierProblem(name: string): string | null {
  if (name === '') return 'A name is empty.';
  if (CONTROL_CHARACTER.test(name)) return `The name ${JSON.stringify(name)} holds a control character.`;
  if (Buffer.byteLength(name) > IDENTIFIER_MAX_BYTES)
    return `The name ${JSON.stringify(name)} is longer than ${IDENTIFIER_MAX_BYTES} bytes.`;
  return null;
}
