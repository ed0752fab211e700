import { inspect } from 'node:util';
import { scrub, Secret } from './secret';

describe('Secret', () => {
  it('shows itself only when revealed', () => {
    const secret = new Secret('hunter22');
    expect([String(secret), JSON.stringify({ secret }), inspect({ secret })]).toEqual([
      '[redacted]',
      '{"secret":"[redacted]"}',
      '{ secret: [redacted] }',
    ]);
    expect(Object.keys(secret)).toEqual([]);
    expect(secret.reveal()).toBe('hunter22');
  });
});

describe('scrub', () => {
  it('replaces every spelling of the given secrets', () => {
    const password = 'p"w/d (1)+ü';
    const spellings = [
      password,
      encodeURIComponent(password),
      JSON.stringify(password).slice(1, -1),
      Buffer.from(password).toString('base64'),
    ];
    for (const spelling of spellings)
      expect(scrub(`a ${spelling} b ${spelling}`, [new Secret(password)])).toBe('a [redacted] b [redacted]');
  });

  it('replaces a secret that contains another one as a whole', () => {
    expect(scrub('key=abcd1234', ['abcd', 'abcd1234'])).toBe('key=[redacted]');
  });

  it('leaves alone what is too short to be told from ordinary words', () => {
    expect(scrub('an answer', ['an', ''])).toBe('an answer');
  });

  it('finds what was revealed before, and nothing that was not', () => {
    new Secret('revealed-earlier').reveal();
    const hidden = new Secret('never-revealed');
    expect(scrub('revealed-earlier never-revealed')).toBe('[redacted] never-revealed');
    hidden.reveal();
    expect(scrub('never-revealed')).toBe('[redacted]');
  });

  it('forgets the oldest of very many', () => {
    for (let index = 0; index <= 1000; index += 1) new Secret(`rotated-token-${String(index).padStart(4, '0')}`).reveal();
    expect(scrub('rotated-token-0000')).toBe('rotated-token-0000');
    expect(scrub('rotated-token-1000')).toBe('[redacted]');
  });
});
