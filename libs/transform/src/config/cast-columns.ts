import type { ColumnType } from '@app/platform';
import { strip } from '../expressions/functions';
import { asText, ExpressionFault, isTemporal, type Value } from '../expressions/value';
import type { PlanCheck } from '../plan';
import { typeNamed, type CastRule } from './config-document';
import type { Frame } from './frame';

const DEFAULT_SCALE = 10;
const YES = ['true', 't', 'yes', '1'];
const NO = ['false', 'f', 'no', '0'];
const NUMBER = String.raw`[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?`;

/**
 * Reads a column as another type, nothing rounded and nothing cut off. White space around a text does not count and an empty text is
 * null; a cell that cannot be read becomes null.
 *
 * @returns the check that counts such cells, and fails the run unless the rule says otherwise
 * @throws {ExpressionFault} when no value of the one type is one of the other
 */
export function castColumn(frame: Frame, name: string, rule: CastRule): PlanCheck {
  const { type: typeName, on_error: onError = 'fail', scale } = typeof rule === 'string' ? { type: rule } : rule;
  const type = typeNamed(typeName);
  const source = frame.bind(frame.read(name));
  const before =
    source.type === 'string' && type !== 'string' ? frame.bind({ sql: `nullif(${strip(source.sql)}, '')`, type: 'string' }) : source;
  const after = frame.bind({ sql: conversion(before, type, scale ?? DEFAULT_SCALE), type });
  const relation = frame.close();
  frame.set(name, after);
  return {
    severity: onError === 'fail' ? 'error' : 'warning',
    rule: 'cast',
    table: '',
    column: name,
    sql: `select count(*), []::varchar[] from ${relation} where ${before.sql} is not null and ${after.sql} is null`,
    describe: (count) => `${count} cells of "${name}" cannot be read as ${type}`,
  };
}

/** Null for what does not fit. */
function conversion(value: Value, type: ColumnType, scale: number): string {
  const { sql } = value;
  if (value.type === type && type !== 'decimal') return sql;
  if (type === 'string') return asText(value);
  switch (value.type) {
    case 'string':
      return fromText(sql, type, scale);
    case 'integer':
    case 'float':
    case 'decimal':
      return fromNumber(value, type, scale);
    case 'boolean':
      if (type === 'integer' || type === 'float') return `cast(${sql} as ${type === 'integer' ? 'bigint' : 'double'})`;
      break;
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      if (isTemporal(type)) return `cast(${sql} as ${type})`;
      break;
    default:
  }
  throw new ExpressionFault(`${value.type} cannot be read as ${type}`);
}

function fromText(text: string, type: ColumnType, scale: number): string {
  const matching = (pattern: string): string => `regexp_full_match(${text}, '${pattern}')`;
  switch (type) {
    case 'integer':
      return String.raw`try_cast(regexp_extract(${text}, '^([+-]?[0-9]+)(\.0*)?$', 1) as bigint)`;
    case 'float':
      return `case when ${matching(NUMBER)} then try_cast(${text} as double) end`;
    case 'decimal': {
      const pattern = String.raw`[+-]?([0-9]+(\.[0-9]{0,${scale}}0*)?|\.[0-9]{0,${scale}}0*)`;
      return `case when ${matching(pattern)} then try_cast(${text} as decimal(38, ${scale})) end`;
    }
    case 'boolean':
      return `case when lower(${text}) in (${quoted(YES)}) then true when lower(${text}) in (${quoted(NO)}) then false end`;
    case 'date':
      return `try_cast(try_cast(${text} as timestamp) as date)`;
    case 'timestamp':
    case 'timestamptz':
    case 'uuid':
      return `try_cast(${text} as ${type})`;
    case 'json':
      return `case when json_valid(${text}) then cast(${text} as json) end`;
    case 'bytes':
      return String.raw`case when ${matching(String.raw`\\x([0-9a-fA-F]{2})*`)} then unhex(${text}[3:]) end`;
    case 'string':
      return text;
  }
}

function fromNumber({ sql, type: from }: Value, type: ColumnType, scale: number): string {
  switch (type) {
    case 'integer':
      return `case when ${sql} = trunc(${sql}) then try_cast(${sql} as bigint) end`;
    case 'float':
      return `cast(${sql} as double)`;
    case 'decimal':
      // A binary fraction has no exact decimal form of use; an exact number keeps its digits or does not fit.
      return from === 'float'
        ? `try_cast(${sql} as decimal(38, ${scale}))`
        : `case when try_cast(${sql} as decimal(38, ${scale})) = ${sql} then try_cast(${sql} as decimal(38, ${scale})) end`;
    case 'boolean':
      return `case when ${sql} = 1 then true when ${sql} = 0 then false end`;
    default:
      throw new ExpressionFault(`${from} cannot be read as ${type}`);
  }
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
