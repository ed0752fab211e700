import { arithmetic, negated, type Bind } from './arithmetic';
import { compare, isMember } from './compare';
import type { Expression } from './expression';
import { callFunction, extract } from './functions';
import { callMethod } from './methods';
import { booleanValue, ExpressionFault, NULL_VALUE, numberValue, textValue, type Value } from './value';

/** What the names in an expression stand for. */
export interface ExpressionScope {
  /** A column by its exact name. @throws {ExpressionFault} when there is none */
  readonly column: (name: string) => Value;
  readonly bind: Bind;
}

/**
 * An expression as SQL with its type. Nothing of the text reaches the SQL but columns that the scope knows, constants and
 * functions of the closed lists.
 *
 * @throws {ExpressionFault}
 */
export function renderExpression(expression: Expression, scope: ExpressionScope): Value {
  const render = (part: Expression): Value => renderExpression(part, scope);
  switch (expression.kind) {
    case 'name':
      return scope.column(expression.name);
    case 'number':
      return numberValue(expression.text);
    case 'text':
      return textValue(expression.value);
    case 'constant':
      return expression.value === null ? NULL_VALUE : booleanValue(expression.value);
    case 'negate':
      return negation(expression.operand, render);
    case 'not':
      return { sql: `(not ${condition(render(expression.operand))})`, type: 'boolean' };
    case 'arithmetic':
      return arithmetic(expression.operator, render(expression.left), render(expression.right), scope.bind);
    case 'comparison':
      return comparison(expression, render, scope.bind);
    case 'membership':
      return membership(expression, render, scope.bind);
    case 'logic':
      return {
        sql: `(${condition(render(expression.left))} ${expression.operator} ${condition(render(expression.right))})`,
        type: 'boolean',
      };
    case 'call':
      return callFunction(expression.name, expression.args.map(render), scope.bind);
    case 'method':
      return callMethod(render(expression.target), expression.method, expression.args?.map(render) ?? null, scope.bind);
    case 'extract':
      return extract(expression.field, render(expression.operand));
  }
}

type Render = (part: Expression) => Value;

/** A written negative number stays a constant. */
function negation(operand: Expression, render: Render): Value {
  return operand.kind === 'number' ? numberValue(`-${operand.text}`) : negated(render(operand));
}

function comparison({ operators, operands }: Extract<Expression, { kind: 'comparison' }>, render: Render, bind: Bind): Value {
  const values = operands.map(render).map((value, index) => (index > 0 && index < operators.length ? bind(value) : value));
  const parts = operators.map((operator, index) => compare(operator, at(values, index), at(values, index + 1)));
  return { sql: parts.length === 1 ? parts.join('') : `(${parts.join(' and ')})`, type: 'boolean' };
}

function membership(
  { operand, members, negated: outside }: Extract<Expression, { kind: 'membership' }>,
  render: Render,
  bind: Bind,
): Value {
  const values = members.map(render);
  const isWritten = (value: Value): boolean => value.literal !== undefined || value.type === 'null' || /^(true|false)$/.test(value.sql);
  if (!values.every(isWritten)) throw new ExpressionFault('only written values may stand in the brackets after "in"');
  return { sql: isMember(bind(render(operand)), values, outside), type: 'boolean' };
}

/** A missing value is not true. */
function condition({ sql, type }: Value): string {
  if (type === 'boolean') return `coalesce(${sql}, false)`;
  if (type === 'null') return 'false';
  throw new ExpressionFault(`and, or and not need conditions; ${type} is none`);
}

function at(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (!value) throw new ExpressionFault('an operand is missing');
  return value;
}
