import { fromParts } from '../database/connection-settings';
import { deriveSealingKey, parseSealingKey, SealedSecrets } from './sealed';

const KEY = Buffer.alloc(32, 7);
const URL = 'postgresql://reader:s3cret word@db/garden';

describe('SealedSecrets', () => {
  const sealed = new SealedSecrets(KEY);
  const place = (text: string): string => text.slice('sealed:'.length);

  it('opens what it sealed, in another process too', () => {
    expect(new SealedSecrets(Buffer.from(KEY)).open(place(sealed.seal(URL))).reveal()).toBe(URL);
  });

  it('shows nothing of the secret but that it is the same one', () => {
    const one = sealed.seal(URL);
    expect(one).toMatch(/^sealed:[\w-]+$/);
    expect([sealed.seal(URL) === one, sealed.seal(`${URL}2`).slice(0, 20) === one.slice(0, 20)]).toEqual([true, false]);
    expect(Buffer.from(place(one), 'base64url').includes('s3cret')).toBe(false);
  });

  it.each([
    ['another key', new SealedSecrets(Buffer.alloc(32, 8)), (text: string) => text],
    ['a changed character', sealed, (text: string) => `${text.slice(0, -2)}${text.at(-2) === 'A' ? 'B' : 'A'}${text.at(-1)}`],
    ['a text that was never sealed', sealed, () => 'AAAA'],
  ])('refuses %s without quoting it', (_what, opener, spoil) => {
    const text = spoil(place(sealed.seal(URL)));
    expect(() => opener.open(text)).toThrow('The secret sealed:… cannot be read: it was sealed with another SECRETS_KEY; send it again.');
  });
});

describe('the sealing key', () => {
  const control = { host: 'db', database: 'tributary', user: 'app', password: 'word' };

  it('is the same wherever the control database is entered the same way', () => {
    const key = deriveSealingKey(fromParts(control));
    expect(deriveSealingKey(fromParts({ ...control, host: '10.0.0.7' }))).toEqual(key);
    expect(deriveSealingKey(fromParts({ ...control, password: 'other' }))).not.toEqual(key);
  });

  it('is read in hexadecimal and in Base64, and has 32 bytes', () => {
    expect(parseSealingKey(KEY.toString('hex'))).toEqual(KEY);
    expect(parseSealingKey(KEY.toString('base64'))).toEqual(KEY);
    expect(parseSealingKey('short')).toBeNull();
  });
});
