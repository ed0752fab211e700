import {
  type Column,
  holdsSeveralStatements,
  replaceNamedParameters,
  scanNamedParameters,
  type SqlDialect,
  withoutTerminator,
} from '@app/platform';
import type { DatabaseSourceConfig, ParameterValue } from './database.config';
import { QueryInvalidError } from './database.errors';

/** A query that was checked as far as its text allows. */
export interface SourceQuery {
  /** Without a closing semicolon; goes between parentheses as it is. */
  readonly text: string;
  /** The distinct parameters in order of first appearance, with their values. */
  readonly parameters: readonly { readonly name: string; readonly value: ParameterValue }[];
}

const BLANKS_AND_COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*[^]*?\*\/|\()*/;
const FIRST_WORD = /^(?:select|with|values|table)\b/i;

/** @throws {QueryInvalidError} for what is no query, and for every parameter without a value, by name. */
export function sourceQuery({ query, parameters }: Pick<DatabaseSourceConfig, 'query' | 'parameters'>, dialect: SqlDialect): SourceQuery {
  const text = withoutTerminator(query, dialect);
  if (!FIRST_WORD.test(text.replace(BLANKS_AND_COMMENTS, ''))) {
    throw new QueryInvalidError('A source is read by a query: it begins with SELECT, WITH, VALUES or TABLE.');
  }
  if (holdsSeveralStatements(text, dialect))
    throw new QueryInvalidError('A source is read by one query: this text holds several statements.');
  const names = [...new Set(scanNamedParameters(text, dialect).map(({ name }) => name))];
  const missing = names.filter((name) => !Object.hasOwn(parameters, name));
  if (missing.length > 0) {
    throw new QueryInvalidError(missing.map((name) => `A value is required for bind parameter '${name}'`).join('; '), { missing });
  }
  return { text, parameters: names.map((name) => ({ name, value: parameters[name] ?? null })) };
}

/** A statement with places for values, each bound where it stands. */
export interface BoundQuery {
  readonly text: string;
  readonly values: readonly Exclude<ParameterValue, readonly unknown[]>[];
}

/**
 * The query for a database without arrays: a list takes a place for each of its items, as `IN (:ids)` needs it, and an
 * empty one is a null that equals nothing. `placeOf` writes the place of a position, counted from 1.
 */
export function boundQuery(
  { text, parameters }: SourceQuery,
  dialect: SqlDialect,
  placeOf: (position: number) => string = () => '?',
): BoundQuery {
  const values: BoundQuery['values'][number][] = [];
  const place = (_: string, ordinal: number): string => {
    const value = parameters[ordinal - 1]?.value ?? null;
    const items = Array.isArray(value) ? (value.length === 0 ? [null] : value) : [value];
    return items.map((item) => placeOf(values.push(item))).join(', ');
  };
  return { text: replaceNamedParameters(text, place, dialect), values };
}

/** A staged table has no two columns of one name. @throws {QueryInvalidError} */
export function checkColumns(columns: readonly Column[]): void {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new QueryInvalidError(`The query returns two columns named "${twice}": give one of them another name.`);
}

/** @throws {QueryInvalidError} when the query does not return it. */
export function columnNamed(columns: readonly Column[], name: string): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column) return column;
  throw new QueryInvalidError(`The query returns no column "${name}"; it returns ${columns.map((one) => one.name).join(', ')}.`);
}

/** The table of `SELECT a, b FROM table`, as written; null for every other query. */
export function plainTable({ text }: SourceQuery): string | null {
  const name = String.raw`(?:"[^"]+"|\x60[^\x60]+\x60|\w+)`;
  const plain = new RegExp(
    String.raw`^\s*select\s+(?!distinct\b)(?:\*|${name}(?:\s*,\s*${name})*)\s+from\s+(${name}(?:\.${name})?)\s*$`,
    'i',
  );
  return plain.exec(text)?.[1] ?? null;
}
