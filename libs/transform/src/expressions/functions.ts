import { quoteLiteral } from '../sql-text';
import type { Bind } from './arithmetic';
import { asFloat, asText, ExpressionFault, isNumeric, isTemporal, unify, type Value } from './value';

/** Everything that Unicode calls white space, as texts are stripped of it. */
const WHITE_SPACE =
  '\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
const MAX_ROUND_DIGITS = 15;
const FIELDS = new Set(['year', 'month', 'day', 'hour', 'minute', 'second', 'quarter', 'week', 'dow', 'doy']);

interface SqlFunction {
  readonly min: number;
  readonly max: number;
  readonly render: (args: readonly Value[], bind: Bind) => Value;
}

/** Outside its domain a function has no value; the engine would fail. */
const math = (formula: (x: string) => string, domain?: (x: string) => string): SqlFunction => ({
  min: 1,
  max: 1,
  render: ([x], bind) => {
    const { sql } = bind({ sql: asFloat(needNumber(x)), type: 'float' });
    return { sql: domain ? `case when ${domain(sql)} then ${formula(sql)} end` : formula(sql), type: 'float' };
  },
});

const rounding = (name: 'floor' | 'ceil' | 'abs'): SqlFunction => ({
  min: 1,
  max: 1,
  render: ([x]) => {
    const { sql, type } = needNumber(x);
    return { sql: type === 'integer' && name !== 'abs' ? sql : `${name}(${sql})`, type };
  },
});

const text = (render: (sql: string) => string, type: 'string' | 'integer' = 'string'): SqlFunction => ({
  min: 1,
  max: 1,
  render: ([x]) => ({ sql: render(needText(x)), type }),
});

const positive = (x: string): string => `${x} > 0`;
const unit = (x: string): string => `abs(${x}) <= 1`;

const FUNCTIONS = new Map<string, SqlFunction>([
  [
    'sqrt',
    math(
      (x) => `sqrt(${x})`,
      (x) => `${x} >= 0`,
    ),
  ],
  ['exp', math((x) => `exp(${x})`)],
  // Both formulas keep their digits near 0, where a sum with 1 would lose them.
  ['expm1', math((x) => `2 * exp(${x} / 2) * sinh(${x} / 2)`)],
  [
    'log1p',
    math(
      (x) => `case when 1 + ${x} = 1 then ${x} else ln(1 + ${x}) * ${x} / ((1 + ${x}) - 1) end`,
      (x) => `${x} > -1`,
    ),
  ],
  ['log', math((x) => `ln(${x})`, positive)],
  ['log10', math((x) => `log10(${x})`, positive)],
  ['sin', math((x) => `sin(${x})`)],
  ['cos', math((x) => `cos(${x})`)],
  ['tan', math((x) => `tan(${x})`)],
  ['arcsin', math((x) => `asin(${x})`, unit)],
  ['arccos', math((x) => `acos(${x})`, unit)],
  ['arctan', math((x) => `atan(${x})`)],
  ['sinh', math((x) => `sinh(${x})`)],
  ['cosh', math((x) => `cosh(${x})`)],
  ['tanh', math((x) => `tanh(${x})`)],
  ['arcsinh', math((x) => `asinh(${x})`)],
  [
    'arccosh',
    math(
      (x) => `acosh(${x})`,
      (x) => `${x} >= 1`,
    ),
  ],
  [
    'arctanh',
    math(
      (x) => `atanh(${x})`,
      (x) => `abs(${x}) < 1`,
    ),
  ],
  [
    'arctan2',
    { min: 2, max: 2, render: ([y, x]) => ({ sql: `atan2(${asFloat(needNumber(y))}, ${asFloat(needNumber(x))})`, type: 'float' }) },
  ],
  ['abs', rounding('abs')],
  ['floor', rounding('floor')],
  ['ceil', rounding('ceil')],
  ['round', { min: 1, max: 2, render: ([x, digits]) => round(needNumber(x), digits) }],
  ['upper', text(upper)],
  ['lower', text(lower)],
  ['trim', text(strip)],
  ['length', text((x) => `length(${x})`, 'integer')],
  ['coalesce', { min: 1, max: Infinity, render: coalesce }],
  ['concat', { min: 1, max: Infinity, render: (args) => ({ sql: `concat(${args.map(asText).join(', ')})`, type: 'string' }) }],
]);

/** @throws {ExpressionFault} for an unknown function, a wrong number of arguments, and arguments of a wrong type */
export function callFunction(name: string, args: readonly Value[], bind: Bind): Value {
  const found = FUNCTIONS.get(name);
  if (!found) throw new ExpressionFault(`there is no function ${name}; there are ${[...FUNCTIONS.keys(), 'extract'].sort().join(', ')}`);
  if (args.length < found.min || args.length > found.max) throw new ExpressionFault(`${name} takes another number of arguments`);
  return found.render(args, bind);
}

export function upper(sql: string): string {
  return `upper(${sql})`;
}

export function lower(sql: string): string {
  return `lower(${sql})`;
}

/** Without white space at both ends. Most texts begin and end with a visible ASCII character; that is ten times as quick to see. */
export function strip(sql: string): string {
  const isPlain = `${sql} >= '!' and ${sql} < chr(127) and (${sql})[-1] between '!' and '~'`;
  return `case when ${isPlain} then ${sql} else trim(${sql}, ${quoteLiteral(WHITE_SPACE)}) end`;
}

export function coalesce(args: readonly Value[]): Value {
  const { type, sqls } = unify(args);
  return { sql: `coalesce(${sqls.join(', ')})`, type };
}

/** Floats half to even, as the original does; exact numbers half away from zero, as SQL does. */
export function round(value: Value, digits: Value | undefined): Value {
  const { sql, type } = needNumber(value);
  const places = digits === undefined ? 0 : needInteger(digits);
  if (places < 0 || places > MAX_ROUND_DIGITS) throw new ExpressionFault(`round takes 0 to ${MAX_ROUND_DIGITS} digits`);
  if (type === 'integer') return { sql, type };
  return { sql: `${type === 'float' ? 'round_even' : 'round'}(${sql}, ${places})`, type };
}

/** A whole number out of a date or time; those with a zone are read in UTC. */
export function extract(field: string, value: Value | undefined): Value {
  if (!FIELDS.has(field)) throw new ExpressionFault(`there is no field ${field}; there are ${[...FIELDS].join(', ')}`);
  return { sql: `extract(${field} from ${needTemporal(value)})`, type: 'integer' };
}

export function needText(value: Value | undefined): string {
  if (value?.type === 'string') return value.sql;
  if (value?.type === 'null') return 'cast(null as varchar)';
  throw new ExpressionFault(`a text is needed; ${value?.type ?? 'nothing'} is none`);
}

export function needTemporal(value: Value | undefined): string {
  if (value && isTemporal(value.type)) return value.sql;
  throw new ExpressionFault(`a date or time is needed; ${value?.type ?? 'nothing'} is none`);
}

/** A written integer. */
export function needInteger(value: Value | undefined): number {
  if (value?.type === 'integer' && value.literal !== undefined) return Number(value.literal);
  throw new ExpressionFault('a written integer is needed');
}

function needNumber(value: Value | undefined): Value {
  if (value && isNumeric(value.type)) return value;
  if (value?.type === 'null') return { sql: 'cast(null as double)', type: 'float' };
  throw new ExpressionFault(`a number is needed; ${value?.type ?? 'nothing'} is none`);
}
