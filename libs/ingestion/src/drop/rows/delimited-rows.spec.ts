import { DropRefusedError } from '../drop.errors';
import { delimitedRows } from './delimited-rows';

const TEXTS = 2500;
const ALPHABET = [
  'a',
  'é',
  '1',
  'NA',
  ' ',
  '\t',
  '"',
  '""',
  '\n',
  '\n',
  '\r\n',
  '\r',
  '\0',
  'long cell of text',
  ...Array<string>(12).fill('|'),
];

/** The same numbers on every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Case {
  readonly columns: number;
  readonly numbered: boolean;
  readonly na: readonly string[];
  readonly marker: string | null;
  readonly cellBytes: number;
}

async function read(text: string, delim: string, cut: number, { columns, numbered, na, marker, cellBytes }: Case): Promise<unknown> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += cut) yield await Promise.resolve(bytes.subarray(at, at + cut));
  }
  const dialect = { delim: delim.charCodeAt(0), quote: '"'.charCodeAt(0), columns };
  const limits = { cellBytes, rowBytes: 10_000 };
  const options = { member: 'x.csv', dialect, hasHeader: false, naValues: na, marker, limits, numbered };
  const staged: string[] = [];
  const facts = { header: null, hasMarker: false };
  let rows = 0;
  try {
    for await (const batch of delimitedRows(chunks(), options, facts)) {
      staged.push(batch.bytes.toString());
      rows += batch.rows;
    }
  } catch (error) {
    if (error instanceof DropRefusedError) return error.details;
    throw error;
  }
  return { text: staged.join('').replaceAll(delim, ','), rows, ...facts };
}

describe('delimitedRows', () => {
  it('reads rows that may stay as they are exactly as those that may not', async () => {
    const next = numbers(20250301);
    const pick = (limit: number): number => Math.floor(next() * limit);
    const outcomes = new Set<string>();
    for (let index = 0; index < TEXTS; index += 1) {
      const text = Array.from({ length: 1 + pick(60) }, () => ALPHABET[pick(ALPHABET.length)] ?? '').join('');
      const each = {
        columns: 1 + pick(3),
        numbered: pick(2) === 0,
        na: [['', 'NA'], ['NA'], ['']][pick(3)] ?? [],
        marker: ['a', null][pick(2)] ?? null,
        cellBytes: 10 + pick(30),
      };
      // Another delimiter is never one of staged rows, so that every row of it is looked at closely.
      const close = await read(text, '|', text.length * 2, each);
      const common = text.replaceAll('|', ',');
      expect([text, each, await read(common, ',', text.length * 2, each)]).toEqual([text, each, close]);
      expect([text, each, await read(common, ',', 1 + pick(7), each)]).toEqual([text, each, close]);
      outcomes.add(
        JSON.stringify(close)
          .replace(/[^A-Z_]/g, '')
          .slice(0, 4),
      );
    }
    expect(outcomes.size).toBeGreaterThan(3);
  });

  it('reads large chunks as one, wherever they cut a row, a quote or a character', async () => {
    const next = numbers(7);
    const pick = (limit: number): number => Math.floor(next() * limit);
    const cells = ['é', 'plain', '"a ""quoted"" cell"', '"two\nlines, one cell"', 'x'.repeat(900), '', 'NA'];
    for (let round = 0; round < 40; round += 1) {
      const row = (): string => Array.from({ length: 3 }, () => cells[pick(cells.length)]).join(',');
      const text = Array.from({ length: 400 }, row).join('\n');
      const each = { columns: 3, numbered: round % 2 === 0, na: ['NA'], marker: null, cellBytes: 5000 };
      expect(await read(text, ',', 8_200 + pick(9_000), each)).toEqual(await read(text, ',', Buffer.byteLength(text), each));
    }
  });
});
