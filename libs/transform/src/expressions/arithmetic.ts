import type { ArithmeticOperator } from './expression';
import { asFloat, exactSql, ExpressionFault, isNumeric, type Value } from './value';

/** Gives a value a name, so that it can be repeated in SQL without being computed again. */
export type Bind = (value: Value) => Value;

/**
 * Anything with a missing operand, and anything divided by 0, is missing. `/` gives a float, `//` rounds down, the result of `%` has
 * the sign of the divisor. Integers stay integers and exact numbers exact, as long as no float is among the operands.
 *
 * @throws {ExpressionFault} for operands that are no numbers; two texts may be added
 */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value, bind: Bind): Value {
  if (operator === '+' && [left, right].some(({ type }) => type === 'string')) return concatenation(left, right);
  const [a, b] = [operand(left, operator), operand(right, operator)];
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return simple(operator, a, b);
    case '/':
      return { sql: `(${asFloat(a)} / nullif(${asFloat(b)}, 0))`, type: 'float' };
    case '**':
      return { sql: `power(${asFloat(a)}, ${asFloat(b)})`, type: 'float' };
    case '//':
    case '%':
      return division(operator, a, b, bind);
  }
}

export function negated(value: Value): Value {
  const { sql, type } = operand(value, '-');
  return { sql: `(- ${sql})`, type };
}

function concatenation(left: Value, right: Value): Value {
  const other = [left, right].find(({ type }) => type !== 'string' && type !== 'null');
  if (other) throw new ExpressionFault(`+ joins texts; ${other.type} is none`);
  return { sql: `(${left.sql} || ${right.sql})`, type: 'string' };
}

/** Booleans count as 0 and 1. */
function operand(value: Value, operator: string): Value {
  if (isNumeric(value.type)) return value;
  if (value.type === 'null') return { sql: 'cast(null as bigint)', type: 'integer' };
  if (value.type === 'boolean') return { sql: `cast(${value.sql} as bigint)`, type: 'integer' };
  throw new ExpressionFault(`${operator} needs numbers; ${value.type} is none`);
}

function resultType(left: Value, right: Value): 'integer' | 'decimal' | 'float' {
  const isDecimal = left.type === 'decimal' || right.type === 'decimal';
  const floats = [left, right].filter((value) => value.type === 'float');
  if (floats.length === 0) return isDecimal ? 'decimal' : 'integer';
  return isDecimal && floats.every((value) => exactSql(value) !== value.sql) ? 'decimal' : 'float';
}

function sides(left: Value, right: Value, type: 'integer' | 'decimal' | 'float'): [string, string] {
  if (type === 'float') return [asFloat(left), asFloat(right)];
  // The engine takes two small constants for 32 bit.
  const a = type === 'integer' && left.literal !== undefined ? `cast(${left.sql} as bigint)` : exactSql(left);
  return [a, exactSql(right)];
}

function simple(operator: '+' | '-' | '*', left: Value, right: Value): Value {
  const type = resultType(left, right);
  const [a, b] = sides(left, right, type);
  return { sql: `(${a} ${operator} ${b})`, type };
}

/** The engine's own operators cut towards zero. */
function division(operator: '//' | '%', left: Value, right: Value, bind: Bind): Value {
  const type = resultType(left, right);
  const [leftSql, rightSql] = sides(left, right, type);
  const a = bind({ sql: leftSql, type }).sql;
  const b = bind({ sql: `nullif(${rightSql}, 0)`, type }).sql;
  const remainder = `(((${a} % ${b}) + ${b}) % ${b})`;
  if (operator === '%') return { sql: remainder, type };
  switch (type) {
    case 'integer':
      return { sql: `((${a} - ${remainder}) // ${b})`, type };
    case 'decimal':
      return { sql: `cast(round((${a} - ${remainder}) / ${b}) as bigint)`, type: 'integer' };
    case 'float':
      return { sql: `floor(${a} / ${b})`, type };
  }
}
