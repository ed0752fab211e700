import { flatten, isObject, parseJson, rowsPart } from './flat-row';

function rowOf(json: string) {
  const row = parseJson(json);
  return isObject(row) ? flatten(row) : null;
}

describe('flat rows', () => {
  it.each([
    ['"text"', 'text'],
    ['""', ''],
    ['null', null],
    ['94.0', '94.0'],
    ['1e5', '1e5'],
    ['-0', '-0'],
    ['12', '12'],
    ['12345678901234567890', '12345678901234567890'],
    ['0.1000', '0.1000'],
    ['false', 'false'],
    ['[ "x", 2.50, null ]', '["x",2.50,null]'],
    ['{ "a": [1] }', '{"a":[1]}'],
  ])('hold %s as text', (json, text) => {
    expect(rowOf(`{"v":${json}}`)).toEqual({ v: text });
  });

  it('keep text that looks like a number elsewhere in the row', () => {
    expect(rowOf('{"a":"dose: 1.5, 2.50","n":7}')).toEqual({ a: 'dose: 1.5, 2.50', n: '7' });
  });

  it('leave a part as one line each, in pieces of a bounded size, with the columns in order of appearance', async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => ({
      id: String(index),
      note: 'é"\n'.repeat(50),
      ...(index > 0 ? { late: null } : {}),
    }));
    const part = rowsPart('record', 'record-000001', 'token', rows);
    const pieces: Uint8Array[] = [];
    for await (const piece of part.content) pieces.push(piece);
    const lines = Buffer.concat(pieces).toString('utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(512 * 1024);
    expect(part.summary()).toEqual({ rows: 3_000, columns: ['id', 'note', 'late'] });
  });
});
