export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type Comparator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A parsed expression over the columns of a row. */
export type Expression =
  | { readonly kind: 'name'; readonly name: string }
  /** `text` is decimal: digits, an optional fraction and exponent. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'constant'; readonly value: boolean | null }
  | { readonly kind: 'negate' | 'not'; readonly operand: Expression }
  | { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Expression; readonly right: Expression }
  /** One more operand than operators: `a < b < c` asks `a < b` and `b < c`. */
  | { readonly kind: 'comparison'; readonly operators: readonly Comparator[]; readonly operands: readonly Expression[] }
  | { readonly kind: 'membership'; readonly operand: Expression; readonly members: readonly Expression[]; readonly negated: boolean }
  | { readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** `method` is a path such as `str.upper`; `args` is null for an attribute such as `dt.year`. */
  | { readonly kind: 'method'; readonly target: Expression; readonly method: string; readonly args: readonly Expression[] | null }
  | { readonly kind: 'extract'; readonly field: string; readonly operand: Expression };

/** The parts of an expression, from left to right. */
function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'name':
    case 'number':
    case 'text':
    case 'constant':
      return [];
    case 'negate':
    case 'not':
    case 'extract':
      return [expression.operand];
    case 'arithmetic':
    case 'logic':
      return [expression.left, expression.right];
    case 'comparison':
      return expression.operands;
    case 'membership':
      return [expression.operand, ...expression.members];
    case 'call':
      return expression.args;
    case 'method':
      return [expression.target, ...(expression.args ?? [])];
  }
}

/** Names of columns from left to right, repetitions kept. */
export function namesOf(expression: Expression): string[] {
  return expression.kind === 'name' ? [expression.name] : partsOf(expression).flatMap(namesOf);
}

/** Whether a function, a method or an attribute is asked for anywhere. */
export function hasCall(expression: Expression): boolean {
  return ['call', 'method', 'extract'].includes(expression.kind) || partsOf(expression).some(hasCall);
}
