import { lexicon, type SqlDialect } from './sql-lexicon';

/** One `:name` in a statement. */
export interface NamedParameter {
  readonly name: string;
  /** Offset of the colon. */
  readonly start: number;
  /** Offset behind the name's last character. */
  readonly end: number;
}

/**
 * The `:name` parameters of a statement in order of appearance, repetitions included. A name is letters, digits and `_`.
 *
 * Text in literals, quoted identifiers, dollar quotes and comments is never a parameter, nor is a colon behind a colon, a
 * word character or a backslash: `x::int`, `a[1:n]` and `\:word` hold none. What counts as a literal depends on the dialect.
 */
export function scanNamedParameters(text: string, dialect: SqlDialect = 'postgres'): readonly NamedParameter[] {
  const found: NamedParameter[] = [];
  for (const { kind, start, end } of lexicon(text, dialect)) {
    if (kind === 'parameter') found.push({ name: text.slice(start + 1, end), start, end });
  }
  return found;
}

/**
 * The statement with every parameter replaced. `ordinal` counts distinct names from 1 in order of first appearance, so that
 * `(_, ordinal) => '$' + ordinal` gives positional parameters. Outside literals, `\:word` becomes the literal `:word`.
 */
export function replaceNamedParameters(
  text: string,
  replacement: (name: string, ordinal: number) => string,
  dialect: SqlDialect = 'postgres',
): string {
  const ordinals = new Map<string, number>();
  let replaced = '';
  let copied = 0;
  for (const { kind, start, end } of lexicon(text, dialect)) {
    if (kind !== 'parameter' && kind !== 'escape') continue;
    replaced += text.slice(copied, start);
    copied = end;
    if (kind === 'escape') {
      replaced += ':';
      continue;
    }
    const name = text.slice(start + 1, end);
    const ordinal = ordinals.get(name) ?? ordinals.size + 1;
    ordinals.set(name, ordinal);
    replaced += replacement(name, ordinal);
  }
  return replaced + text.slice(copied);
}

/**
 * The statement without the semicolons, comments and blanks behind its last word, as something that is put into
 * parentheses has to be.
 */
export function withoutTerminator(text: string, dialect: SqlDialect = 'postgres'): string {
  let end = 0;
  let position = 0;
  for (const token of lexicon(text, dialect)) {
    end = endOfWords(text, position, token.start, end);
    if (token.kind !== 'comment') end = token.end;
    position = token.end;
  }
  return text.slice(0, endOfWords(text, position, text.length, end));
}

/** Whether a semicolon stands between the words of a text, which makes it more than one statement. Ask without terminator. */
export function holdsSeveralStatements(text: string, dialect: SqlDialect = 'postgres'): boolean {
  let position = 0;
  for (const { start, end } of lexicon(text, dialect)) {
    if (text.slice(position, start).includes(';')) return true;
    position = end;
  }
  return text.includes(';', position);
}

/** Where plain text between two tokens stops saying something; `otherwise` when it says nothing. */
function endOfWords(text: string, from: number, to: number, otherwise: number): number {
  let end = to;
  while (end > from && /[\s;]/.test(text.charAt(end - 1))) end -= 1;
  return end > from ? end : otherwise;
}
