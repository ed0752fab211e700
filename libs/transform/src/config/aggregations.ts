import type { StepColumn } from '../chain/step';
import { asFloat, ExpressionFault, isNumeric, type Value, type ValueType } from '../expressions/value';
import { ORDINAL } from '../plan';
import type { Aggregations } from './config-document';
import type { Faults } from './faults';
import type { Frame } from './frame';

const CALL = /^\s*(\w+)\s*\(\s*(distinct\s+)?(?:\*|`([^`]+)`|(.*?))\s*\)\s*$/is;
const STAR = /\(\s*\*\s*\)\s*$/;

type FunctionName = 'sum' | 'mean' | 'count' | 'min' | 'max' | 'nunique';
/** The names that columns had in the original. */
const FUNCTIONS: Readonly<Record<string, FunctionName>> = {
  sum: 'sum',
  avg: 'mean',
  average: 'mean',
  count: 'count',
  min: 'min',
  max: 'max',
};

interface Aggregate {
  readonly function: FunctionName;
  /** Null counts rows. */
  readonly column: string | null;
}

/** One row for each group, in the order of the keys, or one row in all. */
export function aggregate(frame: Frame, settings: Aggregations, faults: Faults): void {
  const path = 'aggregations';
  const keys = typeof settings.group_by === 'string' ? [settings.group_by] : (settings.group_by ?? []);
  const wanted = Object.entries(settings.aggregate ?? {});
  if (keys.length === 0 && wanted.length === 0) {
    faults.add(path, 'expected group_by, aggregate or both');
    return;
  }
  const calls = wanted.flatMap(([alias, text]) => faults.attempt(`${path}.aggregate.${alias}`, () => ({ alias, ...parse(text) })) ?? []);
  const groups = keys.flatMap((key, index) => faults.attempt(`${path}.group_by.${index}`, () => ({ key, value: frame.read(key) })) ?? []);
  // Texts are joined in the order of their rows.
  if (calls.some((call) => call.function === 'sum' && frame.find(call.column ?? '')?.type === 'string')) frame.materialize();
  const values = calls.flatMap((call) => {
    const value = faults.attempt(`${path}.aggregate.${call.alias}`, () => aggregateValue(frame, call));
    const name = settings.naming === 'legacy' ? legacyName(call) : call.alias;
    return value ? [{ name, value }] : [];
  });
  const columns = [...groups.map(({ key, value }) => ({ name: key, value })), ...values].map(({ name, value }) => ({
    value,
    ...column(frame, name, value.type),
  }));
  for (const name of repeated(columns)) faults.add(path, `DUPLICATE_COLUMN: the result would have several columns "${name}"`);
  const keep = settings.null_groups === 'keep';
  frame.replace(
    (relation) =>
      groupedSql(
        relation,
        columns.map(({ value, sql }) => `${value.sql} as ${sql}`),
        groups,
        keep,
      ),
    columns.map(({ name, sql, type }) => ({ name, sql, type })),
  );
}

function groupedSql(relation: string, cells: readonly string[], groups: readonly { readonly value: Value }[], keepNulls: boolean): string {
  const positions = groups.map((_, index) => index + 1);
  const where = groups.map(({ value }) => `${value.sql} is not null`).join(' and ');
  return [
    `select ${cells.join(', ')} from ${relation}`,
    ...(keepNulls || groups.length === 0 ? [] : [`where ${where}`]),
    ...(groups.length === 0
      ? []
      : [`group by ${positions.join(', ')}`, `order by ${positions.map((position) => `${position} nulls last`).join(', ')}`]),
  ].join(' ');
}

/** @throws {ExpressionFault} */
function parse(text: string): Aggregate {
  const [, word = '', distinct, quoted, plain] = CALL.exec(text) ?? [];
  const name = word.toLowerCase();
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw new ExpressionFault(`"${text}" is none of SUM, AVG, COUNT, COUNT(DISTINCT …), MIN and MAX of a column, nor COUNT(*)`);
  if (distinct !== undefined && found !== 'count') throw new ExpressionFault('only COUNT knows DISTINCT');
  if (STAR.test(text)) {
    if (found !== 'count' || distinct !== undefined) throw new ExpressionFault('only COUNT knows *');
    return { function: 'count', column: null };
  }
  const column = quoted ?? plain ?? '';
  if (column === '') throw new ExpressionFault('the column is missing');
  return { function: distinct === undefined ? found : 'nunique', column };
}

function aggregateValue(frame: Frame, { function: name, column: of }: Aggregate): Value {
  if (of === null) return { sql: 'count(*)', type: 'integer' };
  const value = frame.read(of);
  switch (name) {
    case 'count':
      return { sql: `count(${value.sql})`, type: 'integer' };
    case 'nunique':
      return { sql: `count(distinct ${value.sql})`, type: 'integer' };
    case 'sum':
      return sum(value);
    case 'mean':
      if (value.type !== 'boolean' && !isNumeric(value.type)) throw new ExpressionFault(`AVG needs numbers; "${of}" is ${value.type}`);
      return { sql: `avg(${value.type === 'boolean' ? `cast(${value.sql} as bigint)` : asFloat(value)})`, type: 'float' };
    case 'min':
    case 'max':
      if (value.type === 'json' || value.type === 'bytes') throw new ExpressionFault(`${value.type} has no order`);
      return { sql: `${name}(${value.sql})`, type: value.type };
  }
}

/** Of nothing it is 0. An integer sum past 64 bits fails. */
function sum({ sql, type }: Value): Value {
  switch (type) {
    case 'integer':
      return { sql: `cast(coalesce(sum(${sql}), 0) as bigint)`, type };
    case 'boolean':
      return { sql: `count(*) filter (where ${sql})`, type: 'integer' };
    case 'float':
    case 'decimal':
      return { sql: `coalesce(sum(${sql}), 0)`, type };
    case 'string':
      return { sql: `coalesce(string_agg(${sql}, '' order by ${ORDINAL}), '')`, type };
    default:
      throw new ExpressionFault(`${type} cannot be summed`);
  }
}

function legacyName({ function: name, column: of }: Aggregate): string {
  return of === null ? name : `${of}_${name}`;
}

function column(frame: Frame, name: string, type: ValueType): StepColumn {
  return { name, sql: frame.fresh(), type: type === 'null' ? 'string' : type };
}

function repeated(columns: readonly StepColumn[]): string[] {
  const names = columns.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}
