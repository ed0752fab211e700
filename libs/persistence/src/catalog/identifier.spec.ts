import { qualifiedName, quoteIdentifier } from './identifier';

describe('quoteIdentifier', () => {
  it.each([
    ['plain', '"plain"'],
    ['Mixed Case', '"Mixed Case"'],
    ['select', '"select"'],
    ['a"b""c', '"a""b""""c"'],
    ["it's; drop table x --", `"it's; drop table x --"`],
    ['ä'.repeat(31), `"${'ä'.repeat(31)}"`],
  ])('quotes %s verbatim', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it.each([
    ['empty', ''],
    ['with a null', 'a\u0000b'],
    ['with a line break', 'a\nb'],
    ['of 64 bytes', 'ä'.repeat(32)],
  ])('refuses a name %s', (_what, name) => {
    expect(() => quoteIdentifier(name)).toThrow(expect.objectContaining({ code: 'definition-invalid' }));
  });

  it('qualifies a table by its schema, both quoted', () => {
    expect(qualifiedName('a.b', 'c"d')).toBe('"a.b"."c""d"');
  });
});
