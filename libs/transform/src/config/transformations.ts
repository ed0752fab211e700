import { compare } from '../expressions/compare';
import { lower, strip, upper } from '../expressions/functions';
import { constantValue, ExpressionFault, isNumeric, NULL_VALUE, numberValue, textValue, unify, type Value } from '../expressions/value';
import type { Scalar, Transformation } from './config-document';

const FUNCTIONS = { upper, lower, strip };
const NUMBER = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What a transformation makes of a column. @throws {ExpressionFault} where its type does not fit */
export function transformed(value: Value, step: Transformation): Value {
  if (step.type === 'map') return mapped(value, step.mapping);
  if (value.type !== 'string') throw new ExpressionFault(`${step.function} needs a text column; "${step.column}" is ${value.type}`);
  return { sql: FUNCTIONS[step.function](value.sql), type: 'string' };
}

/** A cell without an entry becomes null. Keys are text: numbers compare by value, everything else by its text. */
function mapped(value: Value, mapping: Readonly<Record<string, Scalar>>): Value {
  const { type, sqls } = unify(Object.values(mapping).map(constantValue));
  const cases = Object.keys(mapping).flatMap((key, index) => {
    const constant = keyValue(key, value);
    return constant === null ? [] : [`when ${compare('==', value, constant)} then ${sqls[index] ?? 'null'}`];
  });
  if (cases.length === 0) return NULL_VALUE;
  const sql = `case ${cases.join(' ')} end`;
  return { sql: type === 'integer' ? `cast(${sql} as bigint)` : sql, type };
}

/** Null for a key that no cell of the column can equal. */
function keyValue(key: string, { type }: Value): Value | null {
  if (isNumeric(type)) return NUMBER.test(key) ? numberValue(key) : null;
  if (type !== 'boolean') return textValue(key);
  return /^(true|false)$/i.test(key) ? constantValue(key.toLowerCase() === 'true') : null;
}
