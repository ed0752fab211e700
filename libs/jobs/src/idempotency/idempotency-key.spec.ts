import { canonical, idempotencyKey } from './idempotency-key';

const SOURCE = 'greenhouse-feed';
const hexOf = (content: unknown): string => idempotencyKey(SOURCE, content).replace('idempotency:', '');

describe('idempotencyKey', () => {
  it('does not depend on the order of keys (C-81)', () => {
    const key = 'idempotency:059e84dc41393062d47f476c16af26c18851dcb7c368536a113b4614b9adf4c1';
    expect([idempotencyKey(SOURCE, { tray: 'T9', n: 2 }), idempotencyKey(SOURCE, { n: 2, tray: 'T9' })]).toEqual([key, key]);
  });

  it('takes text and its bytes for the same (C-82)', () => {
    const hex = 'ea389f9356c293b2313ce3e2cecdff4c5f71112c059ba816ddf0110fffbef86d';
    expect([hexOf('raw bytes'), hexOf(Buffer.from('raw bytes'))]).toEqual([hex, hex]);
  });

  it.each([
    [{ ch: 'ü' }, 'f838bed6cd4b2bf996f41eaf657b494602ea15803a157d3cccc6f0bc5d041765'],
    [null, 'dc8a1b2454c6f4faadbaebe9eea4235f20f640ad65438425330891ed0883642d'],
    [[1, 2], 'a9e0723747d307d222e42e69be728cde173de2016cc822840bdf36300c7c2d07'],
  ])('writes %j as the old platform did (C-83)', (content, hex) => {
    expect(hexOf(content)).toBe(hex);
  });

  it('takes another prefix', () => {
    expect(idempotencyKey(SOURCE, null, 'x:')).toBe(`x:${hexOf(null)}`);
  });
});

describe('canonical', () => {
  it('escapes what is not ASCII, unit by unit, and sorts by code point', () => {
    const content = { '\u{1F33F}': [true, -1.5, 'a"\n'], '\uFF5E': {}, a: null };
    expect(canonical(content)).toBe(String.raw`{"a": null, "\uff5e": {}, "\ud83c\udf3f": [true, -1.5, "a\"\n"]}`);
  });

  it('leaves out bytes that are not UTF-8, and nothing else', () => {
    expect(canonical(Buffer.from([0x61, 0xff, 0x62, 0xc3, 0xef, 0xbf, 0xbd, 0x63, 0xe2, 0x82]))).toBe('ab\uFFFDc');
  });

  it.each([undefined, () => 1, NaN, { a: Infinity }, [undefined], { at: new Date(0) }])('refuses %p', (content) => {
    expect(() => canonical(content)).toThrow(/has to be text, bytes or JSON/);
  });
});
