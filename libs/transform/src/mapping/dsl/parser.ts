import type { Expression } from './expression';
import { Scanner } from './scanner';

/** Levels of nesting (each operator is one): far above any hand-written expression, far below what SQL engines refuse. */
const MAX_NESTING_LEVELS = 200;

export class ExpressionSyntaxError extends Error {}

/**
 * Parses an expression as the mapping language defines it: ordered choice without look-back, operators `/` and `=` of equal
 * precedence associating to the right. `n/a` (not available) gives null.
 *
 * @throws {ExpressionSyntaxError}
 */
export function parseExpression(text: string): Expression | null {
  const scanner = new Scanner(text);
  const result = scanner.word('n/a') ? null : new Parser(scanner).term();
  if (result === undefined || !scanner.atEnd()) {
    throw new ExpressionSyntaxError(`cannot be read from character ${scanner.furthest + 1} on`);
  }
  return result;
}

/** Every method leaves the scanner where it was when it answers undefined: "does not match". */
class Parser {
  private level = 0;

  constructor(private readonly scanner: Scanner) {}

  term(): Expression | undefined {
    return this.nested(() => this.attempt(() => this.operation()));
  }

  private operation(): Expression | undefined {
    const left = this.value();
    if (!left) return undefined;
    return this.attempt(() => this.rest(left, '/', 'coalesce')) ?? this.attempt(() => this.rest(left, '=', 'equals')) ?? left;
  }

  private rest(left: Expression, operator: string, kind: 'coalesce' | 'equals'): Expression | undefined {
    if (!this.scanner.word(operator)) return undefined;
    const right = this.term();
    return right && { kind, left, right };
  }

  private value(): Expression | undefined {
    return (
      this.attempt(() => this.parentheses()) ??
      this.attempt(() => this.nameFunction('extract_first_name', 'first-name')) ??
      this.attempt(() => this.nameFunction('extract_last_name', 'last-name')) ??
      this.attempt(() => this.generateId()) ??
      this.attempt(() => this.conditional()) ??
      this.leaf()
    );
  }

  private parentheses(): Expression | undefined {
    if (!this.scanner.word('(')) return undefined;
    const inner = this.term();
    return inner && this.scanner.word(')') ? inner : undefined;
  }

  private nameFunction(word: string, kind: 'first-name' | 'last-name'): Expression | undefined {
    if (!this.scanner.word(word)) return undefined;
    const operand = this.nested(() => this.value());
    return operand && { kind, operand };
  }

  private generateId(): Expression | undefined {
    if (!this.scanner.word('generate_ID') || !this.scanner.word('(')) return undefined;
    const parts: Expression[] = [];
    let next = this.value();
    while (next) {
      parts.push(next);
      if (!this.scanner.word(',')) break;
      next = this.value();
      if (!next) return undefined;
    }
    return this.scanner.word(')') ? { kind: 'generate-id', parts } : undefined;
  }

  private conditional(): Expression | undefined {
    if (!this.scanner.word('if')) return undefined;
    const condition = this.term();
    if (!condition || !this.scanner.word('then')) return undefined;
    const then = this.term();
    if (!then || !this.scanner.word('else')) return undefined;
    const otherwise = this.term();
    return otherwise && { kind: 'if', condition, then, otherwise };
  }

  private leaf(): Expression | undefined {
    const value = this.scanner.string();
    if (value !== null) return { kind: 'string', value };
    const name = this.scanner.field();
    return name === null ? undefined : { kind: 'field', name };
  }

  private nested<T>(parse: () => T): T {
    this.level += 1;
    if (this.level > MAX_NESTING_LEVELS) throw new ExpressionSyntaxError(`is nested deeper than ${MAX_NESTING_LEVELS} levels`);
    const result = parse();
    this.level -= 1;
    return result;
  }

  private attempt<T>(parse: () => T | undefined): T | undefined {
    const start = this.scanner.position;
    const result = parse();
    if (result === undefined) this.scanner.position = start;
    return result;
  }
}
