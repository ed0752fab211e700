import { correlationIdOf } from './correlation';

describe('correlationIdOf', () => {
  it('keeps a harmless id', () => {
    expect(correlationIdOf({ 'x-correlation-id': 'visit-7:retry.2' })).toBe('visit-7:retry.2');
  });

  it.each(['a b', 'a"b', 'a\nb', 'x'.repeat(129), ''])('makes one up in place of %j', (given) => {
    expect(correlationIdOf({ 'x-correlation-id': given })).toMatch(/^[0-9a-f-]{36}$/);
  });
});
