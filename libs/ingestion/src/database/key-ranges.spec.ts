import { keyRanges, mayRepeat, moveBack, normalized, partsOf, windowOf } from './key-ranges';

const id = { name: 'id', type: 'integer' } as const;
const at = { name: 'at', type: 'timestamptz' } as const;
const bounds = (least: string | null, greatest: string | null, hasNulls = false) => ({ least, greatest, hasNulls });

describe('keyRanges', () => {
  it('covers every integer from end to end, beyond what a number can hold', () => {
    const ranges = keyRanges(id, bounds('-9223372036854775808', '9223372036854775807'), { count: 2 });
    expect(ranges).toMatchObject({ count: 2 });
    if (ranges === null) return;
    expect([windowOf(ranges, 0), windowOf(ranges, 1)]).toEqual([
      { column: id, before: '0' },
      { column: id, from: '0' },
    ]);
  });

  it('begins each range where the one before ends, with open outer ends', () => {
    const ranges = keyRanges(id, bounds('1', '10'), { size: 4 });
    expect(ranges && [0, 1, 2].map((index) => windowOf(ranges, index))).toEqual([
      { column: id, before: '5' },
      { column: id, from: '5', before: '9' },
      { column: id, from: '9' },
    ]);
  });

  it('puts rows without a key behind the ranges', () => {
    const ranges = keyRanges(id, bounds('1', '1', true), {});
    expect(ranges && partsOf(ranges)).toBe(2);
    expect(ranges && windowOf(ranges, 0)).toEqual({ column: id });
    expect(ranges && windowOf(ranges, 1)).toEqual({ column: id, nulls: 'only' });
  });

  it.each([
    ['a sparse key that nobody asked to cut', { least: '1', greatest: '9000000000000000000' }, {}, 200],
    ['a size too small for the key', { least: '1', greatest: '9000000000000000000' }, { size: 1 }, 10_000],
    ['a short key', { least: '1', greatest: '3' }, { count: 10 }, 3],
  ])('bounds the number of ranges of %s', (_, { least, greatest }, wish, count) => {
    expect(keyRanges(id, bounds(least, greatest), wish)?.count).toBe(count);
  });

  it('cuts nothing where there is no key', () => {
    expect(keyRanges(id, bounds(null, null, true), {})).toBeNull();
  });

  it('keeps microseconds of timestamps, before 1970 too', () => {
    const ranges = keyRanges(at, bounds('1969-12-31 23:59:59.999999+00', '1970-01-01 00:00:02+00'), { size: 1 });
    expect(ranges && windowOf(ranges, 1)).toEqual({
      column: at,
      from: '1970-01-01 00:00:00.999999+00',
      before: '1970-01-01 00:00:01.999999+00',
    });
  });

  it('refuses other columns', () => {
    expect(() => keyRanges({ name: 'label', type: 'string' }, bounds('a', 'b'), {})).toThrow('"label" is a string');
  });
});

describe('Values of a cursor column', () => {
  it('moves back by units or seconds', () => {
    expect(moveBack(id, '10', 3)).toBe('7');
    expect(moveBack(at, '2024-03-01 00:00:00+00', 0.5)).toBe('2024-02-29 23:59:59.500000+00');
  });

  it('takes a timestamp of whole seconds for one that may come again', () => {
    expect(mayRepeat(at, '2024-03-01 00:00:00.000000+00')).toBe(true);
    expect(mayRepeat(at, '2024-03-01 00:00:00.000001+00')).toBe(false);
    expect(mayRepeat(id, '7')).toBe(false);
  });

  it.each([
    [id, "1' OR true"],
    [id, '1.5'],
    [at, 'yesterday'],
    [at, '2024-03-01 00:00:00+02'],
  ])('refuses a value of %j that is none: %j', (column, value) => {
    expect(() => normalized(column, value)).toThrow();
  });
});
