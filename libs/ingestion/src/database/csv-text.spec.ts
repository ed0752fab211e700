import { csvCell, CsvChunks, csvRow } from './csv-text';

describe('CSV text', () => {
  it.each([
    [null, ''],
    ['', '""'],
    ['plain ünïcode', 'plain ünïcode'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\r', '"two\r"'],
    ['\\.', '"\\."'],
    ['\\N', '\\N'],
    [' ', ' '],
  ])('writes %j as PostgreSQL reads it', (text, expected) => {
    expect(csvCell(text)).toBe(expected);
  });

  it('begins with the header, hands over what it has and counts rows', () => {
    const chunks = new CsvChunks(['a', 'b,c'], 2);
    chunks.add(csvRow(['1', null]));
    expect(chunks.isFull).toBe(false);
    chunks.add(csvRow(['', '2']));
    expect(chunks.isFull).toBe(true);
    expect(chunks.take().toString()).toBe('a,"b,c"\n1,\n"",2\n');
    expect(chunks.take()).toHaveLength(0);
    expect(chunks.rows).toBe(2);
  });

  it('is full of few long rows too', () => {
    const chunks = new CsvChunks(['a'], 1_000);
    chunks.add(csvRow(['x'.repeat(64 * 1024)]));
    expect(chunks.isFull).toBe(true);
  });
});
