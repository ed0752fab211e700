import { pythonList } from './python-list';

describe('pythonList', () => {
  it.each([
    [['x', 'y'], `['x', 'y']`],
    [[`it's`], `["it's"]`],
    [[`a"b`], `['a"b']`],
    [[`a"b'c`], `['a"b\\'c']`],
    [['a\\\n\t\r\x01\xa0\u200b é'], String.raw`['a\\\n\t\r\x01\xa0\u200b é']`],
    [['\u{e0001}'], String.raw`['\U000e0001']`],
    [[''], `['']`],
  ])('prints %j as Python does', (texts, printed) => {
    expect(pythonList(texts)).toBe(printed);
  });
});
