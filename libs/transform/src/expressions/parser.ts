import type { ArithmeticOperator, Comparator, Expression } from './expression';
import { ExpressionSyntaxError, scanExpression, type Token } from './scanner';

/** Far above any hand-written expression; keeps hostile text from exhausting the stack. */
const MAX_NESTING_LEVELS = 100;
/** Characters. */
const MAX_LENGTH = 10_000;

const COMPARATORS: readonly string[] = ['==', '!=', '<', '<=', '>', '>='] satisfies Comparator[];
/** Words of the language; a column of such a name is written in back-ticks. */
const RESERVED = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else', 'lambda', 'for']);
/** What `.str` and `.dt` lead to. */
const NAMESPACES = new Set(['str', 'dt']);

/**
 * Parses an expression over the columns of a row: arithmetic, comparisons, logic, membership, calls and methods. The precedence is
 * Python's, but `&`, `|` and `~` bind like `and`, `or` and `not`. Which functions exist is not decided here.
 *
 * @throws {ExpressionSyntaxError}
 */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) throw new ExpressionSyntaxError(`longer than ${MAX_LENGTH} characters: cut off`, MAX_LENGTH);
  return new Parser(scanExpression(text)).whole();
}

class Parser {
  private position = 0;
  private level = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const expression = this.disjunction();
    if (this.token.kind !== 'end') this.fail('unexpected text');
    return expression;
  }

  private disjunction(): Expression {
    return this.nested(() => this.binary(['or', '|'], () => this.conjunction(), 'or'));
  }

  private conjunction(): Expression {
    return this.binary(['and', '&'], () => this.negation(), 'and');
  }

  private binary(symbols: readonly string[], operand: () => Expression, operator: 'and' | 'or'): Expression {
    let left = operand();
    while (this.takeOne(symbols)) left = { kind: 'logic', operator, left, right: operand() };
    return left;
  }

  private negation(): Expression {
    if (!this.takeOne(['not', '~'])) return this.comparison();
    return this.nested(() => ({ kind: 'not', operand: this.negation() }));
  }

  private comparison(): Expression {
    const first = this.sum();
    const negated = this.at('not') && this.tokens[this.position + 1]?.value === 'in';
    if (negated) this.position += 1;
    if (this.take('in')) return { kind: 'membership', operand: first, members: this.list(), negated };
    const operators: Comparator[] = [];
    const operands = [first];
    for (let operator = this.comparator(); operator; operator = this.comparator()) {
      operators.push(operator);
      operands.push(this.sum());
    }
    return operators.length === 0 ? first : { kind: 'comparison', operators, operands };
  }

  private comparator(): Comparator | null {
    const value = this.token.kind === 'symbol' && COMPARATORS.includes(this.token.value) ? (this.token.value as Comparator) : null;
    if (value) this.position += 1;
    return value;
  }

  private list(): Expression[] {
    this.expect('[');
    return this.items(']', () => this.sum());
  }

  private sum(): Expression {
    return this.chain(['+', '-'], () => this.product());
  }

  private product(): Expression {
    return this.chain(['*', '//', '/', '%'], () => this.unary());
  }

  private chain(operators: readonly ArithmeticOperator[], operand: () => Expression): Expression {
    let left = operand();
    for (let taken = this.takeOne(operators); taken; taken = this.takeOne(operators)) {
      const operator = operators.find((candidate) => candidate === taken);
      if (operator) left = { kind: 'arithmetic', operator, left, right: operand() };
    }
    return left;
  }

  private unary(): Expression {
    if (this.take('-')) return this.nested(() => ({ kind: 'negate', operand: this.unary() }));
    if (this.take('+')) return this.nested(() => this.unary());
    return this.power();
  }

  private power(): Expression {
    const base = this.postfix();
    if (!this.take('**')) return base;
    return this.nested(() => ({ kind: 'arithmetic', operator: '**', left: base, right: this.unary() }));
  }

  private postfix(): Expression {
    let target = this.primary();
    while (this.take('.')) {
      const first = this.name();
      const method = NAMESPACES.has(first) && this.take('.') ? `${first}.${this.name()}` : first;
      target = { kind: 'method', target, method, args: this.take('(') ? this.items(')', () => this.disjunction()) : null };
    }
    return target;
  }

  private primary(): Expression {
    const { kind, value } = this.token;
    if (kind === 'symbol') return this.parentheses();
    if (kind === 'end') this.fail('an operand is missing');
    if (kind === 'name' && RESERVED.has(value)) this.fail(`an unexpected "${value}"`);
    this.position += 1;
    switch (kind) {
      case 'number':
        return { kind, text: value };
      case 'text':
        return { kind, value };
      case 'quoted-name':
        return { kind: 'name', name: value };
      case 'name':
        return this.word(value);
    }
  }

  private parentheses(): Expression {
    this.expect('(');
    const inner = this.disjunction();
    this.expect(')');
    return inner;
  }

  private word(name: string): Expression {
    if (name === 'True' || name === 'False') return { kind: 'constant', value: name === 'True' };
    if (name === 'None') return { kind: 'constant', value: null };
    if (!this.take('(')) return { kind: 'name', name };
    if (name.toLowerCase() === 'extract') return this.extract();
    return { kind: 'call', name: name.toLowerCase(), args: this.items(')', () => this.disjunction()) };
  }

  /** After `EXTRACT(`. */
  private extract(): Expression {
    const field = this.name().toLowerCase();
    if (this.token.value.toLowerCase() !== 'from') this.fail('"FROM" is missing');
    this.position += 1;
    const operand = this.disjunction();
    this.expect(')');
    return { kind: 'extract', field, operand };
  }

  private items(close: string, item: () => Expression): Expression[] {
    const items: Expression[] = [];
    if (this.take(close)) return items;
    do items.push(item());
    while (this.take(','));
    this.expect(close);
    return items;
  }

  private name(): string {
    if (this.token.kind !== 'name') this.fail('a name is missing');
    const { value } = this.token;
    this.position += 1;
    return value;
  }

  private get token(): Token {
    const token = this.tokens[this.position];
    if (!token) throw new ExpressionSyntaxError('an operand is missing', 0);
    return token;
  }

  /** Symbols and words only: the text '(' is no parenthesis. */
  private at(value: string): boolean {
    return (this.token.kind === 'symbol' || this.token.kind === 'name') && this.token.value === value;
  }

  private take(value: string): boolean {
    const taken = this.at(value);
    if (taken) this.position += 1;
    return taken;
  }

  private takeOne(values: readonly string[]): string | undefined {
    return values.find((value) => this.take(value));
  }

  private expect(value: string): void {
    if (!this.take(value)) this.fail(`"${value}" is missing`);
  }

  private nested<T>(parse: () => T): T {
    this.level += 1;
    if (this.level > MAX_NESTING_LEVELS) this.fail(`nested deeper than ${MAX_NESTING_LEVELS} levels`);
    const result = parse();
    this.level -= 1;
    return result;
  }

  private fail(reason: string): never {
    throw new ExpressionSyntaxError(reason, this.token.offset);
  }
}
