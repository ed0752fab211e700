import { CopyRecords, recordOf, recordsOf, valuesOf } from './copy-records';

const TEXT = '1,"a ""quoted"", text",t\n2,,"two\nlines"\n,"",\n';
const RECORDS = ['1,"a ""quoted"", text",t\n', '2,,"two\nlines"\n', ',"",\n'];

async function* pieces(text: string, length: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

describe('COPY text', () => {
  it.each([1, 2, 3, 5, 7, 1000])('is cut at the newlines between rows, in pieces of %i bytes', async (length) => {
    const found: string[] = [];
    for await (const records of recordsOf(pieces(TEXT, length))) found.push(...records.map(String));
    expect(found).toEqual(RECORDS);
  });

  it('keeps a last row that no newline ends', () => {
    const records = new CopyRecords();
    expect(records.push(Buffer.from('1,2\n3')).map(String)).toEqual(['1,2\n']);
    expect(records.end().toString()).toBe('3');
  });

  it('tells null from the empty text', () => {
    expect(RECORDS.map((record) => valuesOf(Buffer.from(record)))).toEqual([
      ['1', 'a "quoted", text', 't'],
      ['2', null, 'two\nlines'],
      [null, '', null],
    ]);
    expect(valuesOf(Buffer.from('\n'))).toEqual([null]);
    expect(valuesOf(Buffer.from('""""\n'))).toEqual(['"']);
    expect(valuesOf(Buffer.from('a,\n'))).toEqual(['a', null]);
    expect(valuesOf(Buffer.from('"a",\n'))).toEqual(['a', null]);
  });

  it.each([[[null]], [['']], [['a', null, '', '"', 'x,y\nz', 'Zoë', '\\.']]])('writes what it reads: %j', (values: (string | null)[]) => {
    expect(valuesOf(Buffer.from(recordOf(values)))).toEqual(values);
  });
});
