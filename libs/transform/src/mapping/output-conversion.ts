import { quoteLiterals } from '../sql-text';
import { castFloat, castIsoDate, castMonthFirstDate, castWord } from './casts';
import type { MappedType } from './mapped-type';
import type { Compiled } from './expression-to-sql';
import { asText } from './expression-to-sql';

/** Cells that count as no value, compared trimmed and in lower case. */
const NULL_TOKENS = ['', 'na', 'n/a', 'none', 'null', '.'];

export interface OutputRules {
  /** Whether the null tokens are null in text columns too; otherwise only the empty text is. */
  readonly nullTokensInText: boolean;
}

/**
 * From the value of an expression to a cell of the target column. Values that already have the column's type pass; texts are
 * trimmed, freed of null tokens and read as the database would read them. A text that cannot be read is null.
 */
export function convertOutput(value: Compiled, type: MappedType, rules: OutputRules): string {
  if (passes(value, type)) return value.sql;
  const text = asText(value);
  if (type === 'string') return withoutTokens(text, rules.nullTokensInText ? NULL_TOKENS : ['']);
  return readTyped(withoutTokens(text, NULL_TOKENS), type);
}

/** True for the rows whose value is lost by `convertOutput`; null when no value can be. */
export function conversionFailure(value: Compiled, type: MappedType): string | null {
  if (passes(value, type) || type === 'string') return null;
  const text = withoutTokens(asText(value), NULL_TOKENS);
  return `${text} is not null and ${readTyped(text, type)} is null`;
}

/** Frees both ends of a text from every character up to U+0020. `!` is the one after it: few texts need the slow way. */
function trimmed(text: string): string {
  return `case when ${text} < '!' or right(${text}, 1) < '!' then regexp_replace(${text}, '^[\\x00-\\x20]+|[\\x00-\\x20]+$', '', 'g') else ${text} end`;
}

function passes(value: Compiled, type: MappedType): boolean {
  if (value.type === 'null') return true;
  if (type === 'integer') return value.type === 'integer' || value.type === 'identifier';
  return value.type !== 'string' && value.type === type;
}

/** Not `in (…)`, which the engine answers by a hash join of its own for every column: 2 MiB and a join each. */
function withoutTokens(text: string, tokens: readonly string[]): string {
  const cell = trimmed(text);
  return `case when not list_contains([${quoteLiterals(tokens)}], lower(${cell})) then ${cell} end`;
}

function readTyped(text: string, type: Exclude<MappedType, 'string'>): string {
  switch (type) {
    case 'integer':
      return `try_cast(regexp_extract(${text}, '^[+-]?[0-9]+$') as bigint)`;
    case 'boolean':
      return castWord(text, ['true', 't', 'yes', 'y', 'on', '1'], ['false', 'f', 'no', 'n', 'off', '0']);
    case 'date':
      return `coalesce(${castIsoDate(text)}, ${castMonthFirstDate(text, '-')}, ${castMonthFirstDate(text, '/')})`;
    case 'float':
      return castFloat(text);
  }
}
