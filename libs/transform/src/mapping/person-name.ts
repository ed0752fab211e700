import { type PersonName, PersonNameGrammar } from './person-name-grammar';

/** Takes a full name apart; a text that the grammar does not know, in whole or in part, is all last name. */
export function parsePersonName(text: string): PersonName {
  const whole = new PersonNameGrammar(text).parse();
  if (whole) return whole;
  const piece = fallbackPiece(text);
  const part = piece === undefined ? null : new PersonNameGrammar(trimBlanks(piece)).parse();
  return part ?? { first: null, last: text };
}

/** One second chance, chosen by the first of these that the text contains. A piece that does not exist is no chance. */
function fallbackPiece(text: string): string | undefined {
  if (text.includes('-')) return split(text, '-')[1];
  const separator = [',', '/', 'for'].find((candidate) => text.includes(candidate));
  return separator && split(text, separator)[0];
}

/** Trailing empty pieces do not count. */
function split(text: string, separator: string): string[] {
  const pieces = text.split(separator);
  while (pieces.at(-1) === '') pieces.pop();
  return pieces;
}

/** Removes every character up to U+0020 from both ends. */
function trimBlanks(text: string): string {
  return text.replace(/^[^!-\uffff]+|[^!-\uffff]+$/g, '');
}
