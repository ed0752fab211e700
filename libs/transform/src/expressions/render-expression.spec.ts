import { parseExpression } from './parser';
import { renderExpression } from './render-expression';
import { ExpressionFault, type Value, type ValueType } from './value';

const COLUMNS: Readonly<Record<string, ValueType>> = {
  ...{ i: 'integer', f: 'float', n: 'decimal', t: 'string', u: 'string', b: 'boolean', d: 'date', ts: 'timestamp', j: 'json', x: 'bytes' },
};

function render(text: string): Value {
  return renderExpression(parseExpression(text), {
    column: (name) => {
      const type = Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : undefined;
      if (!type) throw new ExpressionFault(`no ${name}`);
      return { sql: name, type };
    },
    bind: (value) => value,
  });
}

describe('renderExpression', () => {
  it.each([
    ['i + 1', '(i + 1)', 'integer'],
    ['i * 0.5', '(cast(i as double) * 0.5e0)', 'float'],
    ['n * 0.1', '(n * 0.1)', 'decimal'],
    ['n + f', '(cast(n as double) + f)', 'float'],
    ['100000 * 100000', '(cast(100000 as bigint) * 100000)', 'integer'],
    ['i / 2', '(cast(i as double) / nullif(cast(2 as double), 0))', 'float'],
    ['i - -1', '(i - (-1))', 'integer'],
    ['b + 1', '(cast(b as bigint) + 1)', 'integer'],
    ['t + "!"', "(t || '!')", 'string'],
    ['i > 1.5', 'coalesce(i > 1.5, false)', 'boolean'],
    ['i != None', 'true', 'boolean'],
    ['t != u', 'coalesce(t <> u, true)', 'boolean'],
    ['t == 4', 'false', 'boolean'],
    ["d >= '2025-01-01'", "coalesce(d >= cast('2025-01-01' as date), false)", 'boolean'],
    ['1 < i < 4', '(coalesce(1 < i, false) and coalesce(i < 4, false))', 'boolean'],
    ['not b', '(not coalesce(b, false))', 'boolean'],
    ["i in [1, 'x', 2]", 'coalesce(i in (1, 2), false)', 'boolean'],
    ['i not in [1, None]', '(not (i is null or coalesce(i in (1), false)))', 'boolean'],
    ['i.isna()', '(i is null)', 'boolean'],
    ['f.fillna(0)', 'coalesce(f, cast(0 as double))', 'float'],
    ['f.round(1)', 'round_even(f, 1)', 'float'],
    ['t.str.slice(1, -1)', 'substring(t, 1 + 1, greatest(greatest(length(t) - 1, 0) - 1, 0))', 'string'],
    ["ts.dt.strftime('%Y-%m')", "strftime(ts, '%Y-%m')", 'string'],
    ['sqrt(f)', 'case when f >= 0 then sqrt(f) end', 'float'],
    ['floor(i)', 'i', 'integer'],
    [`concat(t, i, "'")`, "concat(t, cast(i as varchar), '''')", 'string'],
  ])('renders %s', (text, sql, type) => {
    expect(render(text)).toMatchObject({ sql, type });
  });

  it.each([
    ['t + i', '+ joins texts; integer is none'],
    ['d - 1', '- needs numbers; date is none'],
    ['t < i', 'have no common order'],
    ['j < j', 'have no common order'],
    ["d > 'spring'", 'no ISO date or time'],
    ["d > '2025-02-30'", 'no ISO date or time'],
    ['i and b', 'need conditions; integer is none'],
    ['i in [f]', 'only written values'],
    ['upper(i)', 'a text is needed; integer is none'],
    ['t.dt.year', 'a date or time is needed; string is none'],
    ['d.dt.year()', 'is written without parentheses'],
    ['t.str.upper', 'is written with parentheses'],
    ['t.fillna(0)', 'string and integer have no common type'],
    ["d.dt.strftime('%Q')", 'a written format of known % fields'],
    ['d.dt.strftime(t)', 'a written format'],
    ['max(i)', 'there is no function max'],
    ['sqrt(f, f)', 'sqrt takes another number of arguments'],
    ['f.round(99)', 'round takes 0 to 15 digits'],
    ['extract(epoch from d)', 'there is no field epoch'],
    ['9223372036854775808', 'needs more than 64 bits'],
    ['__proto__', 'no __proto__'],
  ])('refuses %s', (text, message) => {
    expect(() => render(text)).toThrow(ExpressionFault);
    expect(() => render(text)).toThrow(message);
  });
});
