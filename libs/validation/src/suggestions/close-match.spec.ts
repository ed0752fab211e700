import { closeMatch } from './close-match';
import { similarity } from './sequence-matcher';

const COLUMNS = ['siteId', 'ctsaId', 'siteName'];

describe('closeMatch', () => {
  it.each([
    ['siteID', 'siteId'],
    ['sitename', 'siteName'],
    ['ctsa', 'ctsaId'],
    ['SITEID', null],
    ['Id', null],
  ])('suggests for %s what difflib does: %s', (word, suggestion) => {
    expect(closeMatch(word, COLUMNS)).toBe(suggestion);
  });

  it('takes the greater of equally close candidates, whatever their order', () => {
    expect(closeMatch('ab', ['abx', 'aby', 'abw'])).toBe('aby');
  });

  it('still suggests at 0.6 exactly, and nothing below', () => {
    expect(closeMatch('abc', ['abcwxyz'])).toBe('abcwxyz');
    expect(closeMatch('abc', ['abcvwxyz'])).toBeNull();
  });
});

describe('similarity', () => {
  // Computed with Python 3.11: difflib.SequenceMatcher(None, a, b).ratio()
  it.each([
    ['siteId', 'siteID', 0.8333333333333334],
    ['siteName', 'sitename', 0.875],
    ['tide', 'diet', 0.25],
    ['diet', 'tide', 0.5],
    ['private Thread currentThread;', 'private volatile Thread currentThread;', 0.8656716417910447],
    ['é😀b', 'b😀é', 0.3333333333333333],
    ['', '', 1],
  ])('of %j and %j is %d', (a, b, ratio) => {
    expect(similarity(a, b)).toBeCloseTo(ratio, 12);
  });
});
