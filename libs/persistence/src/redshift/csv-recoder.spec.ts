import { CsvRecoder, type NullCells } from './csv-recoder';

const TEXT = ',"",a\n"x,\n""y""",,\n1,2,\n';
const RECODED = '<null>,"",a\n"x,\n""y""",<null>,<null>\n1,2,<null>\n';

/** What comes out when the text arrives in pieces of a size. */
function recode(
  text: string,
  size: number,
  columns: readonly NullCells[] = [],
): { text: string; rows: number; lines: number; isComplete: boolean } {
  const recoder = new CsvRecoder('<null>', columns);
  const bytes = Buffer.from(text);
  const out = { text: '', rows: 0, lines: 0 };
  for (let at = 0; at < bytes.length; at += size) {
    const whole = recoder.push(bytes.subarray(at, at + size));
    out.text += whole.bytes.toString();
    out.rows += whole.rows;
    out.lines += whole.lines;
  }
  return { ...out, isComplete: recoder.isComplete };
}

describe('CsvRecoder', () => {
  it.each([1, 2, 3, 5, 100])('spells nulls out and keeps all else, in pieces of %i bytes', (size) => {
    expect(recode(TEXT, size)).toEqual({ text: RECODED, rows: 3, lines: 4, isComplete: true });
  });

  it('takes an empty line for the null of a table with one column', () => {
    expect(recode('a\n\n""\n', 100)).toMatchObject({ text: 'a\n<null>\n""\n', rows: 3 });
  });

  it.each([1, 2, 3, 100])('takes cells for null as each column wants it, in pieces of %i bytes', (size) => {
    expect(recode('"","",\n"""",,""\n', size, ['empty', 'blank', 'none']).text).toBe('"",<null>,\n"""",<null>,""\n');
  });

  it('cuts between rows only', () => {
    const recoder = new CsvRecoder('<null>', []);
    expect(recoder.push(Buffer.from('a,b\n"c\n')).bytes.toString()).toBe('a,b\n');
    expect(recoder.isComplete).toBe(false);
    expect(recoder.push(Buffer.from('",\n'))).toEqual({ bytes: Buffer.from('"c\n",<null>\n'), rows: 1, lines: 2 });
  });
});
