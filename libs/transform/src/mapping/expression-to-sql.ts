import { quoteLiteral } from '../sql-text';
import { castField } from './casts';
import type { Expression } from './dsl/expression';

/** `identifier` is a generated id (64 bit); `null` is a value that is always missing and fits every type. */
export type ValueType = 'null' | 'string' | 'integer' | 'identifier' | 'float' | 'boolean' | 'date';

export interface Compiled {
  readonly sql: string;
  readonly type: ValueType;
  /** How many extensions of the base records the SQL needs: columns of lookups and ids that were joined to them. */
  readonly depth: number;
}

/** What the names in an expression stand for. */
export interface Scope {
  /** A field of the data; undefined when the data has none. */
  field(name: string): Compiled | undefined;
  /** The first or last name in a text. */
  personName(operand: Compiled, part: 'first' | 'last'): Compiled;
}

export class ExpressionTypeError extends Error {}

const MISSING: Compiled = { sql: 'null', type: 'null', depth: 0 };

/** @throws {ExpressionTypeError} */
export function compileExpression(expression: Expression, scope: Scope): Compiled {
  switch (expression.kind) {
    case 'field':
      return scope.field(expression.name) ?? MISSING;
    case 'string':
      return { sql: quoteLiteral(expression.value), type: 'string', depth: 0 };
    case 'coalesce':
      return coalesce(compileExpression(expression.left, scope), compileExpression(expression.right, scope));
    case 'equals':
      return equals(compileExpression(expression.left, scope), compileExpression(expression.right, scope));
    case 'if':
      return choose(
        compileExpression(expression.condition, scope),
        compileExpression(expression.then, scope),
        compileExpression(expression.otherwise, scope),
      );
    case 'first-name':
      return scope.personName(compileExpression(expression.operand, scope), 'first');
    case 'last-name':
      return scope.personName(compileExpression(expression.operand, scope), 'last');
    case 'generate-id':
      throw new ExpressionTypeError('generate_ID must be the whole expression');
  }
}

/** The value as text: dates as YYYY-MM-DD, integers in decimal, booleans as true and false. */
export function asText({ sql, type }: Compiled): string {
  return type === 'string' ? sql : `cast(${sql} as varchar)`;
}

function coalesce(left: Compiled, right: Compiled): Compiled {
  const filled = left.type === 'string' ? { ...left, sql: `nullif(${left.sql}, '')` } : left;
  const { first, second, type, depth } = unify(filled, right);
  return { sql: `coalesce(${first}, ${second})`, type, depth };
}

function choose(condition: Compiled, then: Compiled, otherwise: Compiled): Compiled {
  if (condition.type !== 'boolean' && condition.type !== 'null') {
    throw new ExpressionTypeError('the condition of "if" must be a comparison or a field mapped as boolean');
  }
  const { first, second, type, depth } = unify(then, otherwise);
  return { sql: `case when ${condition.sql} then ${first} else ${second} end`, type, depth: Math.max(depth, condition.depth) };
}

function equals(left: Compiled, right: Compiled): Compiled {
  const depth = Math.max(left.depth, right.depth);
  return { sql: `(${comparable(left, right)} = ${comparable(right, left)})`, type: 'boolean', depth };
}

/** A text is read as the other side's type; a date meets a text as text. */
function comparable(value: Compiled, other: Compiled): string {
  if (value.type === other.type) return value.sql;
  if (value.type === 'string') return castLike(value.sql, other.type);
  if (other.type === 'string') return value.type === 'date' ? asText(value) : value.sql;
  return isNumber(value.type) && isNumber(other.type) ? value.sql : asText(value);
}

function castLike(text: string, type: ValueType): string {
  switch (type) {
    case 'integer':
    case 'boolean':
    case 'float':
      return castField(text, type);
    case 'identifier':
      return `try_cast(${text} as bigint)`;
    case 'date':
    case 'string':
    case 'null':
      return text;
  }
}

/** One type for two branches: their own when it is the same, the other's for null, the wider number, else text. */
function unify(left: Compiled, right: Compiled): { first: string; second: string; type: ValueType; depth: number } {
  const depth = Math.max(left.depth, right.depth);
  const own = { first: left.sql, second: right.sql, depth };
  if (left.type === right.type || right.type === 'null') return { ...own, type: left.type };
  if (left.type === 'null') return { ...own, type: right.type };
  if (isNumber(left.type) && isNumber(right.type)) {
    return { ...own, type: left.type === 'float' || right.type === 'float' ? 'float' : 'identifier' };
  }
  return { first: asText(left), second: asText(right), type: 'string', depth };
}

function isNumber(type: ValueType): boolean {
  return type === 'integer' || type === 'identifier' || type === 'float';
}
