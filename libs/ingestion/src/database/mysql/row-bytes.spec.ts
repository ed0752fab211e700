import { bits, type CellWriter, date, hex, instant, text, verbatim } from './cell-bytes';
import { RowBytes } from './row-bytes';

type Cell = string | Buffer | null;

/** A row as the text protocol has it. */
const packet = (cells: readonly Cell[]): Buffer =>
  Buffer.concat(
    cells.map((cell) => {
      if (cell === null) return Buffer.from([0xfb]);
      const bytes = Buffer.from(cell);
      return Buffer.concat([lengthOf(bytes.length), bytes]);
    }),
  );

function lengthOf(length: number): Buffer {
  if (length < 0xfb) return Buffer.from([length]);
  const bytes = Buffer.alloc(length < 2 ** 16 ? 3 : length < 2 ** 24 ? 4 : 9);
  bytes[0] = 0xfa + Math.min(bytes.length - 1, 4);
  bytes.writeUIntLE(length, 1, Math.min(bytes.length - 1, 6));
  return bytes;
}

/** Rows as CSV, without the header, and the chunks that they came in. */
function csv(rows: readonly (readonly Cell[])[], writers: readonly CellWriter[]): { text: string; chunks: readonly Buffer[] } {
  const chunks: Buffer[] = [];
  const header = writers.map((_, index) => `c${index}`);
  const bytes = new RowBytes(header, writers, (chunk) => chunks.push(chunk));
  for (const row of rows) {
    // The driver overwrites its buffer; what lies around a row is of no account.
    const source = Buffer.concat([Buffer.from('head'), packet(row), Buffer.from('tail')]);
    bytes.add(source, 4, source.length - 4);
    source.fill(0);
  }
  bytes.end();
  const whole = Buffer.concat(chunks).toString();
  expect(bytes.rows).toBe(rows.length);
  expect(whole.startsWith(`${header.join(',')}\n`)).toBe(true);
  return { text: whole.slice(header.join(',').length + 1), chunks };
}

describe('RowBytes', () => {
  it.each<[string, CellWriter, Cell, string]>([
    ['plain text', text, 'Dill', 'Dill'],
    ['text beyond ASCII', text, 'ü😀', 'ü😀'],
    ['empty text', text, '', '""'],
    ['quotes', text, 'a"b', '"a""b"'],
    ['a comma', text, 'a,b', '"a,b"'],
    ['line ends', text, 'a\r\nb', '"a\r\nb"'],
    ['what ends a COPY', text, '\\.', '"\\."'],
    ['text that begins so', text, '\\.x', '\\.x'],
    ['a null', text, null, ''],
    ['a number', verbatim, '-9223372036854775808', '-9223372036854775808'],
    ['bytes', hex, Buffer.from([0, 0x0a, 0xff]), '\\x000aff'],
    ['no bytes', hex, Buffer.alloc(0), '\\x'],
    ['one bit', bits, Buffer.from([1]), '1'],
    ['sixty-four bits', bits, Buffer.alloc(8, 0xff), '18446744073709551615'],
    ['a date', date, '2025-10-20', '2025-10-20'],
    ['a time', date, '2025-10-20 00:00:00.000001', '2025-10-20 00:00:00.000001'],
    ['a date of zeros', date, '0000-00-00', ''],
    ['a date without a month', date, '2025-00-20', ''],
    ['a date without a day', date, '2025-10-00', ''],
    ['an instant', instant, '2025-10-20 08:00:00', '2025-10-20 08:00:00+00'],
    ['an instant of zeros', instant, '0000-00-00 00:00:00', ''],
  ])('writes %s', (_, writer, cell, expected) => {
    expect(csv([[cell]], [writer]).text).toBe(`${expected}\n`);
  });

  it('keeps columns apart', () => {
    expect(csv([['a', null, '1'], [null, '', null]], [text, text, verbatim]).text).toBe('a,,1\n,"",\n'); // prettier-ignore
  });

  it.each([250, 251, 65_535, 65_536, 16_777_215, 16_777_216])('reads a cell of %d bytes', (length) => {
    const long = 'x'.repeat(length);
    expect(csv([['a', long, 'z']], [text, text, text]).text).toBe(`a,${long},z\n`);
  });

  it('writes the widest cells into chunks of bounded size', () => {
    const row = Array.from({ length: 40 }, () => '"'.repeat(100));
    const { text: written, chunks } = csv(Array.from({ length: 200 }, () => row), Array.from({ length: 40 }, () => text)); // prettier-ignore
    const line = Array.from({ length: 40 }, () => '"'.repeat(202)).join(',');
    expect(written).toBe(`${line}\n`.repeat(200));
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
  });
});
