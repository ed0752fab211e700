import { quoteLiteral } from '../sql-text';
import type { Bind } from './arithmetic';
import { coalesce, extract, lower, needInteger, needTemporal, needText, round, strip, upper } from './functions';
import { ExpressionFault, type Value } from './value';

/** What a format of `strftime` may hold: `%` and one of these, some with `-` for "without leading zeros". */
const TIME_FORMAT = /^(?:[^%]|%[aAbBcfgGjpuUVwWxXyYzZ%dHIjmMSy]|%-[dHIjmMSy])*$/u;

type Render = (target: Value, args: readonly Value[], bind: Bind) => Value;
interface Method {
  /** Null for an attribute, which is written without parentheses. */
  readonly args: { readonly min: number; readonly max: number } | null;
  readonly render: Render;
}

const method = (min: number, max: number, render: Render): Method => ({ args: { min, max }, render });
const attribute = (render: (target: Value) => Value): Method => ({ args: null, render });
const text = (render: (sql: string) => string): Method => method(0, 0, (target) => ({ sql: render(needText(target)), type: 'string' }));

const METHODS = new Map<string, Method>([
  ['str.upper', text(upper)],
  ['str.lower', text(lower)],
  ['str.strip', text(strip)],
  ['str.len', method(0, 0, (target) => ({ sql: `length(${needText(target)})`, type: 'integer' }))],
  ['str.slice', method(1, 2, slice)],
  ...['year', 'month', 'day', 'hour', 'minute', 'second'].map((field): [string, Method] => [
    `dt.${field}`,
    attribute((target) => extract(field, target)),
  ]),
  ['dt.date', attribute((target) => ({ sql: `cast(${needTemporal(target)} as date)`, type: 'date' }))],
  ['dt.strftime', method(1, 1, formatTime)],
  ['fillna', method(1, 1, (target, args) => coalesce([target, ...args]))],
  ['isna', method(0, 0, ({ sql }) => ({ sql: `(${sql} is null)`, type: 'boolean' }))],
  ['notna', method(0, 0, ({ sql }) => ({ sql: `(${sql} is not null)`, type: 'boolean' }))],
  ['round', method(0, 1, (target, [digits]) => round(target, digits))],
]);

/** @throws {ExpressionFault} for an unknown method or attribute, and for arguments that do not fit */
export function callMethod(target: Value, name: string, args: readonly Value[] | null, bind: Bind): Value {
  const found = METHODS.get(name);
  if (!found) throw new ExpressionFault(`there is no .${name}; there are ${[...METHODS.keys()].map((known) => `.${known}`).join(', ')}`);
  if (!found.args) {
    if (args) throw new ExpressionFault(`.${name} is written without parentheses`);
    return found.render(target, [], bind);
  }
  if (!args) throw new ExpressionFault(`.${name} is written with parentheses`);
  if (args.length < found.args.min || args.length > found.args.max) throw new ExpressionFault(`.${name} takes another number of arguments`);
  return found.render(target, args, bind);
}

/** Characters from `start` up to, not including, `stop`, counted from 0; negative numbers count from the end. */
function slice(target: Value, [start, stop]: readonly Value[], bind: Bind): Value {
  const { sql } = bind({ sql: needText(target), type: 'string' });
  const from = offset(sql, needInteger(start));
  const length = stop === undefined ? '' : `, greatest(${offset(sql, needInteger(stop))} - ${from}, 0)`;
  return { sql: `substring(${sql}, ${from} + 1${length})`, type: 'string' };
}

function offset(text: string, position: number): string {
  return position < 0 ? `greatest(length(${text}) - ${-position}, 0)` : String(position);
}

function formatTime(target: Value, [format]: readonly Value[]): Value {
  if (format?.type !== 'string' || format.literal === undefined || !TIME_FORMAT.test(format.literal)) {
    throw new ExpressionFault('.dt.strftime needs a written format of known % fields');
  }
  return { sql: `strftime(${needTemporal(target)}, ${quoteLiteral(format.literal)})`, type: 'string' };
}
