import { hasCall, namesOf, type Expression } from './expression';
import { parseExpression } from './parser';
import { ExpressionSyntaxError } from './scanner';

/** An expression with every pair of parentheses that its precedence stands for. */
function grouped(expression: Expression): string {
  switch (expression.kind) {
    case 'name':
      return expression.name;
    case 'number':
      return expression.text;
    case 'text':
      return `'${expression.value}'`;
    case 'constant':
      return String(expression.value);
    case 'negate':
      return `(-${grouped(expression.operand)})`;
    case 'not':
      return `(not ${grouped(expression.operand)})`;
    case 'arithmetic':
    case 'logic':
      return `(${grouped(expression.left)} ${expression.operator} ${grouped(expression.right)})`;
    case 'comparison': {
      const [first, ...others] = expression.operands.map(grouped);
      return `(${first ?? ''}${others.map((operand, index) => ` ${expression.operators[index] ?? ''} ${operand}`).join('')})`;
    }
    case 'membership':
      return `(${grouped(expression.operand)} ${expression.negated ? 'not in' : 'in'} [${expression.members.map(grouped).join(', ')}])`;
    case 'call':
      return `${expression.name}(${expression.args.map(grouped).join(', ')})`;
    case 'method':
      return `${grouped(expression.target)}.${expression.method}${expression.args ? `(${expression.args.map(grouped).join(', ')})` : ''}`;
    case 'extract':
      return `extract(${expression.field} from ${grouped(expression.operand)})`;
  }
}

describe('parseExpression', () => {
  it.each([
    ['a + b * c', '(a + (b * c))'],
    ['a - b - c', '((a - b) - c)'],
    ['a / b // c % d', '(((a / b) // c) % d)'],
    ['-a ** b', '(-(a ** b))'],
    ['a ** b ** c', '(a ** (b ** c))'],
    ['a ** -b', '(a ** (-b))'],
    ['px > 1.5 & live', '((px > 1.5) and live)'],
    ['a | b & ~c', '(a or (b and (not c)))'],
    ['not a == b or c', '((not (a == b)) or c)'],
    ['1 < px < 4', '(1 < px < 4)'],
    ["a not in ['x', None]", "(a not in ['x', null])"],
    ['`lot no` + 1', '(lot no + 1)'],
    ['(a + b).round(2)', '(a + b).round(2)'],
    ['name.str.upper().str.len()', 'name.str.upper().str.len()'],
    ['sown.dt.year', 'sown.dt.year'],
    ['EXTRACT(YEAR FROM sown_on) - 1', '(extract(year from sown_on) - 1)'],
    ['COALESCE(a, b, 0)', 'coalesce(a, b, 0)'],
    ['0x10 + 1e3 + .5', '((16 + 1e3) + .5)'],
    [String.raw`"it's" + '\t\\\''`, `('it's' + '\t\\'')`],
    ['True', 'true'],
    ['false', 'false'],
    ['größe * 2', '(größe * 2)'],
  ])('reads %j', (text, expected) => {
    expect(grouped(parseExpression(text))).toBe(expected);
  });

  it.each([
    ['hello world', 'unexpected text at character 7'],
    ['2025-01-01', 'a number begins with 0'],
    ['3kg', 'a number runs into a name'],
    ['@pd', 'an unexpected character at character 1'],
    ['a[0]', 'unexpected text'],
    ['lambda', 'an unexpected "lambda"'],
    ['a if b else c', 'unexpected text'],
    ['a = 1', 'an unexpected character'],
    ['a << 2', 'is missing'],
    ["constructor.constructor('x')()", 'unexpected text'],
    ['(a', '")" is missing at character 3'],
    ["'open", 'an unexpected character'],
    [String.raw`'\q'`, 'an unknown escape'],
    ['', 'an operand is missing'],
  ])('refuses %j', (text, message) => {
    expect(() => parseExpression(text)).toThrow(ExpressionSyntaxError);
    expect(() => parseExpression(text)).toThrow(message);
  });

  it('refuses what would exhaust the stack, and reads long sums', () => {
    expect(() => parseExpression('('.repeat(200) + 'a' + ')'.repeat(200))).toThrow('nested deeper than 100 levels');
    expect(() => parseExpression('-'.repeat(5000) + 'a')).toThrow('nested deeper than 100 levels');
    expect(() => parseExpression('a'.repeat(10_001))).toThrow('longer than 10000 characters');
    expect(namesOf(parseExpression(Array(500).fill('a').join('+')))).toHaveLength(500);
  });

  it('tells names and calls', () => {
    const expression = parseExpression('a + `b c` in [1] or upper(d) == e.str.strip()');
    expect(namesOf(expression)).toEqual(['a', 'b c', 'd', 'e']);
    expect(hasCall(expression)).toBe(true);
    expect(hasCall(parseExpression('a + b'))).toBe(false);
  });
});
