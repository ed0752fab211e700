import type { Comparator } from './expression';
import { instantValue } from './iso-instant';
import { exactSql, ExpressionFault, isNumeric, isTemporal, type Value } from './value';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A comparison that is true or false, never null: with a missing operand only `!=` is true. Values of different kinds are unequal;
 * times compare with ISO text.
 *
 * @throws {ExpressionFault} when values of different kinds are to be put in order
 */
export function compare(operator: Comparator, left: Value, right: Value): string {
  const differs = operator === '!=';
  const pair = left.type === 'null' || right.type === 'null' ? null : comparable(left, right);
  if (pair) return `coalesce(${pair.left} ${sqlOperator(operator)} ${pair.right}, ${differs})`;
  if (left.type === 'null' || right.type === 'null' || operator === '==' || differs) return String(differs);
  throw new ExpressionFault(`${left.type} and ${right.type} have no common order`);
}

/** Whether a value is one of several constants. A missing value is when one of them is null; then no missing value is outside. */
export function isMember(value: Value, members: readonly Value[], negated: boolean): string {
  const comparables = members.flatMap((member) => (member.type === 'null' ? [] : (comparable(value, member) ?? [])));
  const withNull = members.some(({ type }) => type === 'null');
  const isIn = comparables.length === 0 ? 'false' : `coalesce(${inList(comparables)}, false)`;
  const member = withNull ? `(${value.sql} is null or ${isIn})` : isIn;
  return negated ? `(not ${member})` : member;
}

interface Pair {
  readonly left: string;
  readonly right: string;
}

/** The left sides differ when a constant changes how the value is read. */
function inList(pairs: readonly Pair[]): string {
  const lefts = [...new Set(pairs.map(({ left }) => left))];
  const lists = lefts.map((left) => {
    const members = pairs.filter((pair) => pair.left === left).map(({ right }) => right);
    return `${left} in (${members.join(', ')})`;
  });
  return lists.length === 1 ? lists.join('') : `(${lists.join(' or ')})`;
}

/** Both sides in a form that the engine compares as what they are; null when they are of different kinds. */
function comparable(left: Value, right: Value): Pair | null {
  if (left.type === 'json' || right.type === 'json') return null;
  if (isNumeric(left.type) && isNumeric(right.type)) return numbers(left, right);
  if (left.type === right.type || (isTemporal(left.type) && isTemporal(right.type))) return { left: left.sql, right: right.sql };
  if (right.type === 'string') {
    const typed = readAs(right, left);
    return typed === null ? null : { left: left.sql, right: typed };
  }
  if (left.type === 'string') {
    const typed = readAs(left, right);
    return typed === null ? null : { left: typed, right: right.sql };
  }
  return null;
}

/** Two floats compare as they are; a written constant meets an exact number exactly. */
function numbers(left: Value, right: Value): Pair {
  const exact = left.type !== 'float' || right.type !== 'float';
  return exact ? { left: exactSql(left), right: exactSql(right) } : { left: left.sql, right: right.sql };
}

/** A constant text as the kind of another value. */
function readAs({ literal }: Value, { type }: Value): string | null {
  if (literal === undefined) return null;
  if (type === 'uuid') return UUID.test(literal) ? `cast('${literal}' as uuid)` : null;
  if (!isTemporal(type)) return null;
  const instant = instantValue(literal);
  if (!instant) throw new ExpressionFault(`"${literal}" is no ISO date or time`);
  return instant.sql;
}

function sqlOperator(operator: Comparator): string {
  if (operator === '==') return '=';
  return operator === '!=' ? '<>' : operator;
}
