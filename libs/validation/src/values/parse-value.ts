/**
 * Reads one cell that is not empty: the text as PostgreSQL takes it, null for a null, undefined when it is no value of the
 * type.
 */
export type ParseValue = (text: string) => string | null | undefined;
