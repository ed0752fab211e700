/** A parsed mapping expression. `coalesce` is `/`, `equals` is `=`. */
export type Expression =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'coalesce' | 'equals'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'first-name' | 'last-name'; readonly operand: Expression }
  | { readonly kind: 'generate-id'; readonly parts: readonly Expression[] }
  | { readonly kind: 'if'; readonly condition: Expression; readonly then: Expression; readonly otherwise: Expression };

/** Field names from left to right, repetitions kept. */
export function fieldsOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'field':
      return [expression.name];
    case 'string':
      return [];
    case 'coalesce':
    case 'equals':
      return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
    case 'first-name':
    case 'last-name':
      return fieldsOf(expression.operand);
    case 'generate-id':
      return expression.parts.flatMap(fieldsOf);
    case 'if':
      return [expression.condition, expression.then, expression.otherwise].flatMap(fieldsOf);
  }
}
