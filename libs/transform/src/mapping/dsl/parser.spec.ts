import type { Expression } from './expression';
import { fieldsOf } from './expression';
import { parseExpression } from './parser';

function show(expression: Expression | null): string {
  if (!expression) return 'not available';
  switch (expression.kind) {
    case 'field':
      return expression.name;
    case 'string':
      return `'${expression.value}'`;
    case 'coalesce':
      return `co(${show(expression.left)}, ${show(expression.right)})`;
    case 'equals':
      return `eq(${show(expression.left)}, ${show(expression.right)})`;
    case 'first-name':
      return `first(${show(expression.operand)})`;
    case 'last-name':
      return `last(${show(expression.operand)})`;
    case 'generate-id':
      return `id([${expression.parts.map(show).join(', ')}])`;
    case 'if':
      return `if(${[expression.condition, expression.then, expression.otherwise].map(show).join(', ')})`;
  }
}

describe('parseExpression', () => {
  it.each([
    ['a/b/c', 'co(a, co(b, c))'],
    ['a/b="1"', "co(a, eq(b, '1'))"],
    ['a="1"/b', "eq(a, co('1', b))"],
    ['a=b=c', 'eq(a, eq(b, c))'],
    ['(a/b)="1"', "eq(co(a, b), '1')"],
    ['x/if a="1" then "1" else "0"', "co(x, if(eq(a, '1'), '1', '0'))"],
    ['if a="1" then b else c/d', "if(eq(a, '1'), b, co(c, d))"],
    ['(if a="1" then b else c)/d', "co(if(eq(a, '1'), b, c), d)"],
    ['extract_last_name p/q', 'co(last(p), q)'],
    ['extract_last_name(p/q)', 'last(co(p, q))'],
    ['generate_ID((a/b),c)', 'id([co(a, b), c])'],
    ['generate_ID()', 'id([])'],
    ['n/a', 'not available'],
    [' n/a ', 'not available'],
    ['n /a', 'co(n, a)'],
    ['(n/a)', 'co(n, a)'],
    ['N/A', 'co(N, A)'],
    ['iffy', 'iffy'],
    ['if_then', 'if_then'],
    ['extract_first_name', 'extract_first_name'],
    ['generate_IDx', 'generate_IDx'],
    ['ifa then b else c', 'if(a, b, c)'],
    ['extract_first_namefoo', 'first(foo)'],
    ['p/q="1"', "co(p, eq(q, '1'))"],
    [' p / q ', 'co(p, q)'],
    ['"two\nlines"', "'two\nlines'"],
  ])('reads %j as %s', (text, expected) => {
    expect(show(parseExpression(text))).toBe(expected);
  });

  it.each(['n/ab', 'generate_ID(a/b,c)', '"a', 'a//b', 'a b', '1a', 'a/', '', 'if a then b', 'generate_ID(a,)', '()', 'é'])(
    'refuses %j',
    (text) => {
      expect(() => parseExpression(text)).toThrow(/cannot be read from character \d+ on/);
    },
  );

  it('points at the character that does not fit', () => {
    expect(() => parseExpression('generate_ID(a/b,c)')).toThrow('cannot be read from character 14 on');
  });

  it('refuses an expression that is nested too deeply instead of overflowing', () => {
    expect(() => parseExpression('('.repeat(100_000))).toThrow('is nested deeper than 200 levels');
  });
});

describe('fieldsOf', () => {
  it('lists fields from left to right and keeps repetitions', () => {
    const expression = parseExpression('if a="1" then extract_first_name(b) else generate_ID(c,a)');
    expect(expression && fieldsOf(expression)).toEqual(['a', 'b', 'c', 'a']);
  });
});
