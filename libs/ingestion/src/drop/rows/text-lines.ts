import type { DropLimits } from '@app/platform';
import { DropRefusedError } from '../drop.errors';

const BYTE_ORDER_MARK = '\ufeff';

export interface LineOptions {
  /** The file's own name, for findings. */
  readonly member: string;
  readonly limits: Pick<DropLimits, 'rowBytes'>;
}

/**
 * The lines of a text of UTF-8, without their ends and without a byte-order mark.
 * @throws {DropRefusedError} BAD_ENCODING, or LIMIT_EXCEEDED for one that is longer than a row may be
 */
export async function* textLines(chunks: AsyncIterable<Buffer>, { member, limits }: LineOptions): AsyncGenerator<string> {
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
