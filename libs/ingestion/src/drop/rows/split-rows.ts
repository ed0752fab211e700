import { pythonPattern } from '@app/platform';
import { DropRefusedError } from '../drop.errors';
import type { MemberFacts, RowBatch } from './row-batch';
import { TextRows, type TextRowsOptions } from './text-rows';

const BYTE_ORDER_MARK = '\ufeff';

export interface SplitOptions extends TextRowsOptions {
  /** A regular expression, or one character beyond ASCII. */
  readonly delim: string;
  readonly hasHeader: boolean;
}

/** Lines that a regular expression splits into cells. Quotes mean nothing here; several times slower than a plain delimiter. */
export async function* splitRows(chunks: AsyncIterable<Buffer>, options: SplitOptions, facts: MemberFacts): AsyncGenerator<RowBatch> {
  const { member, columns } = options;
  const pattern = options.delim.length === 1 ? options.delim : pythonPattern(options.delim);
  const rows = new TextRows(options, facts);
  let number = 0;
  let awaitsFirst = true;
  for await (const line of linesOf(chunks, options)) {
    number += 1;
    if (line.trim() === '') continue;
    const cells = line.trim().split(pattern);
    if (awaitsFirst) {
      awaitsFirst = false;
      if (cells.length < columns)
        throw new DropRefusedError('TOO_FEW_COLUMNS', `there are ${cells.length} columns instead of ${columns}`, { member, line: number });
      if (options.hasHeader) {
        facts.header = cells.slice(0, columns);
        continue;
      }
    }
    rows.add(cells, number);
    yield* rows.take();
  }
  yield* rows.take(true);
}

async function* linesOf(chunks: AsyncIterable<Buffer>, { member, limits }: SplitOptions): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  let line = 1;
  const text = (chunk?: Buffer): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new DropRefusedError('BAD_ENCODING', 'there are bytes that are no text of the encoding', { member, line });
    }
  };
  for await (const chunk of chunks) {
    const lines = `${rest}${text(chunk)}`.replace(line === 1 && rest === '' ? BYTE_ORDER_MARK : /$^/, '').split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    line += lines.length;
    if (rest.length > limits.rowBytes)
      throw new DropRefusedError('LIMIT_EXCEEDED', `a row has more than ${limits.rowBytes} bytes`, { member, line });
    yield* lines;
  }
  rest += text();
  if (rest !== '') yield rest.replace(/\r$/, '');
}
