import { compare, isMember } from '../expressions/compare';
import type { Comparator } from '../expressions/expression';
import { constantValue, ExpressionFault, type Value } from '../expressions/value';
import { quoteLiteral } from '../sql-text';
import type { Condition, Scalar } from './config-document';

const COMPARATORS: Readonly<Record<string, Comparator>> = {
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
  '==': '==',
  equals: '==',
  '!=': '!=',
  not_equals: '!=',
};
/** From this version of a document on, `is_null: false` means "is not null". */
const VERSION_WITH_NULL_OPERANDS = 2;

/**
 * What a condition of a filter asks of a value: SQL that is true or false, never null.
 *
 * @throws {ExpressionFault} where the value's type does not fit
 */
export function conditionSql(value: Value, condition: Condition, version: number): string {
  if (condition === null || typeof condition !== 'object') return compare('==', value, constantValue(condition));
  const operators = Object.entries(condition);
  if (operators.length === 0) throw new ExpressionFault('expected at least one operator');
  return operators.map(([operator, operand]) => operatorSql(value, operator, operand, version)).join(' and ');
}

/** Regular expressions in a condition. */
export function patternsOf(condition: Condition): string[] {
  const pattern = condition !== null && typeof condition === 'object' ? condition.contains : undefined;
  return pattern === undefined ? [] : [pattern];
}

function operatorSql(value: Value, operator: string, operand: unknown, version: number): string {
  const comparator = COMPARATORS[operator];
  if (comparator) return compare(comparator, value, constantValue(operand as Scalar));
  switch (operator) {
    case 'in':
    case 'not_in':
      return isMember(value, (operand as readonly Scalar[]).map(constantValue), operator === 'not_in');
    case 'contains':
      return contains(value, String(operand));
    default:
      return nullTest(value, (operator === 'is_null') === (operand !== false || version < VERSION_WITH_NULL_OPERANDS));
  }
}

function nullTest({ sql }: Value, isNull: boolean): string {
  return `${sql} is ${isNull ? '' : 'not '}null`;
}

function contains({ sql, type }: Value, pattern: string): string {
  if (type !== 'string') throw new ExpressionFault(`contains needs a text column; this one is ${type}`);
  return `coalesce(regexp_matches(${sql}, ${quoteLiteral(pattern)}), false)`;
}
