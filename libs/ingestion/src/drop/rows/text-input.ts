import { getDecoder } from 'iconv-lite';
import type { MemberReading } from '@app/platform';

const DOUBLE_QUOTE = 0x22;
/** No UTF-8 text has it, so that the reader, which counts lines, finds what could not be decoded. */
const INVALID_BYTE = Buffer.from([0xff]);
const UNDECODABLE = '\ufffd';

/** The text of a member as UTF-8, whatever its encoding, without quotes where they are stripped. */
export async function* textOf(
  chunks: AsyncIterable<Buffer>,
  { encoding, stripQuotes }: Pick<MemberReading, 'encoding' | 'stripQuotes'>,
): AsyncGenerator<Buffer> {
  const text = encoding === 'utf8' ? chunks : decoded(chunks, encoding);
  for await (const chunk of text) yield stripQuotes ? withoutQuotes(chunk) : chunk;
}

async function* decoded(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = getDecoder(encoding);
  for await (const chunk of chunks) yield encoded(decoder.write(chunk));
  yield encoded(decoder.end() ?? '');
}

function encoded(text: string): Buffer {
  const bad = text.indexOf(UNDECODABLE);
  return bad < 0 ? Buffer.from(text) : Buffer.concat([Buffer.from(text.slice(0, bad)), INVALID_BYTE]);
}

function withoutQuotes(chunk: Buffer): Buffer {
  if (!chunk.includes(DOUBLE_QUOTE)) return chunk;
  return chunk.filter((byte) => byte !== DOUBLE_QUOTE) as Buffer;
}
