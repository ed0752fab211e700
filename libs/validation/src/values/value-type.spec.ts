import { DEFAULT_VALUE_OPTIONS, valueTypeOf, type ValueOptions } from './value-type';

const parse = (type: string, text: string, options: Partial<ValueOptions> = {}): string | null | undefined =>
  valueTypeOf(type, { ...DEFAULT_VALUE_OPTIONS, ...options }).parse(text);

describe('valueTypeOf', () => {
  it.each([
    ['bigint', '7', '7'],
    ['bigint', ' 07 ', '7'],
    ['bigint', '+7', '7'],
    ['bigint', '-4', '-4'],
    ['bigint', '-0', '0'],
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['bigint', '-9223372036854775808', '-9223372036854775808'],
    ['bigint', '0000000000000000000000001', '1'],
    ['integer', '2147483647', '2147483647'],
    ['smallint', '-32768', '-32768'],
    ['double precision', '1e3', '1e3'],
    ['double precision', ' .5 ', '.5'],
    ['double precision', '-5.', '-5.'],
    ['double precision', '0e-999', '0e-999'],
    ['date', '1/2/2020', '2020-01-02'],
    ['date', '12-31-1999', '1999-12-31'],
    ['date', '02/29/2024', '2024-02-29'],
    ['date', '2/29/2000', '2000-02-29'],
    ['boolean', 'YES', 'true'],
    ['boolean', 'False', 'false'],
    ['character varying', ' x ', ' x '],
    ['text', 'nab', 'nab'],
    ['uuid', 'anything', 'anything'],
  ])('reads a %s from %j', (type, text, value) => {
    expect(parse(type, text)).toBe(value);
  });

  it.each([
    [
      'bigint',
      ['1.0', '1,000', '1_000', '0x10', 'x', '- 4', '9223372036854775808', '-9223372036854775809', '99999999999999999999999', 'NA', '٣'],
    ],
    ['integer', ['2147483648', '-2147483649']],
    ['smallint', ['32768']],
    ['double precision', ['1,5', '1_0.5', 'nan', 'inf', '-Infinity', '1e999', '1e-999', '.', 'e5', '1 2']],
    ['date', ['2020-01-02', '1/2/20', '02-30-2020', '2/29/1900', '13/1/2020', '1-2/2020', ' 1/2/2020', '1/2/0000', '0/1/2020', 'N/A']],
    ['boolean', ['1', '0', 't', 'y', ' true', 'NA']],
  ])('takes no %s from %j', (type, texts) => {
    expect(texts.filter((text) => parse(type, text) !== undefined)).toEqual([]);
  });

  it('takes null tokens in texts for null, unless they are switched off (L1)', () => {
    const tokens = ['NA', 'n/a', ' None ', 'NULL', '.', '  '];
    expect(tokens.map((token) => parse('text', token))).toEqual(tokens.map(() => null));
    expect(tokens.map((token) => parse('text', token, { nullTokensInText: false }))).toEqual(tokens);
  });

  it('takes ISO dates, and refuses negative numbers, when told to', () => {
    expect([parse('date', '2020-01-31', { isoDates: true }), parse('date', '2020-02-31', { isoDates: true })]).toEqual([
      '2020-01-31',
      undefined,
    ]);
    expect([parse('bigint', '-4', { negativeIntegers: false }), parse('bigint', '-0', { negativeIntegers: false })]).toEqual([
      undefined,
      '0',
    ]);
  });
});
