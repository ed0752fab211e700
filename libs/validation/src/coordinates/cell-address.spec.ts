import { cellAddress, columnLetters } from './cell-address';

describe('columnLetters', () => {
  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [27, 'AB'],
    [51, 'AZ'],
    [52, 'BA'],
    [701, 'ZZ'],
    [702, 'AAA'],
    [16_383, 'XFD'],
  ])('names column %i %s', (index, letters) => {
    expect(columnLetters(index)).toBe(letters);
  });

  it('goes from Z27 to AA27', () => {
    expect([cellAddress(25, 27), cellAddress(26, 27)]).toEqual(['Z27', 'AA27']);
  });
});
