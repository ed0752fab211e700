/** A text that is no expression. The position counts characters from 1. */
export class ExpressionSyntaxError extends Error {
  constructor(reason: string, offset: number) {
    super(`${reason} at character ${offset + 1}`);
  }
}

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'quoted-name' | 'symbol' | 'end';
  /** The value: a number in decimal, a text without quotes and escapes, a name without back-ticks. */
  readonly value: string;
  readonly offset: number;
}

const WHITE_SPACE = /\s*/y;
const HEX_NUMBER = /0[xX][0-9a-fA-F]+/y;
/** No leading zeros: `2025-01-01` is a date, not a difference. */
const NUMBER = /(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const QUOTED_NAME = /`([^`]+)`/y;
const TEXT = /'((?:[^'\\\n]|\\[^])*)'|"((?:[^"\\\n]|\\[^])*)"/y;
const SYMBOL = /\*\*|\/\/|==|!=|<=|>=|[-+*/%<>&|~()[\],.]/y;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

/** All tokens of an expression, the last of kind `end`. @throws {ExpressionSyntaxError} */
export function scanExpression(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = blanksEnd(text, 0);
  while (offset < text.length) {
    const { token, end } = readToken(text, offset);
    if (token.kind === 'number' && match(NAME, text, end)) throw new ExpressionSyntaxError('a number runs into a name', end);
    if (token.kind === 'number' && /[0-9]/.test(text.charAt(end))) throw new ExpressionSyntaxError('a number begins with 0', offset);
    tokens.push(token);
    offset = blanksEnd(text, end);
  }
  return [...tokens, { kind: 'end', value: '', offset }];
}

function readToken(text: string, offset: number): { token: Token; end: number } {
  const found = (kind: Token['kind'], length: number, value: string) => ({ token: { kind, value, offset }, end: offset + length });
  const hex = match(HEX_NUMBER, text, offset);
  if (hex) return found('number', hex[0].length, BigInt(hex[0]).toString());
  const number = match(NUMBER, text, offset);
  if (number) return found('number', number[0].length, number[0]);
  const name = match(NAME, text, offset);
  if (name) return found('name', name[0].length, name[0]);
  const quotedName = match(QUOTED_NAME, text, offset);
  if (quotedName) return found('quoted-name', quotedName[0].length, quotedName[1] ?? '');
  const literal = match(TEXT, text, offset);
  if (literal) return found('text', literal[0].length, unescape(literal[1] ?? literal[2] ?? '', offset));
  const symbol = match(SYMBOL, text, offset);
  if (symbol) return found('symbol', symbol[0].length, symbol[0]);
  throw new ExpressionSyntaxError('an unexpected character', offset);
}

function unescape(text: string, offset: number): string {
  return text.replace(/\\([^])/g, (_, character: string) => {
    const value = ESCAPES[character];
    if (value === undefined) throw new ExpressionSyntaxError(`an unknown escape \\${character} in the text`, offset);
    return value;
  });
}

function blanksEnd(text: string, offset: number): number {
  return offset + (match(WHITE_SPACE, text, offset)?.[0].length ?? 0);
}

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}
