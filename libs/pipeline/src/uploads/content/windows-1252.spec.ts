import { windows1252ToUtf8 } from './windows-1252';

async function* chunks(...parts: readonly (readonly number[])[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

async function decode(...parts: readonly (readonly number[])[]): Promise<string> {
  let text = '';
  for await (const piece of windows1252ToUtf8(chunks(...parts))) text += piece.toString('utf8');
  return text;
}

describe('windows1252ToUtf8', () => {
  it('knows every byte, the five that are not assigned as in latin-1', async () => {
    const all = await decode(Array.from({ length: 256 }, (_, byte) => byte));
    expect(all.slice(0x80, 0xa0)).toBe('€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ');
    expect(all.slice(0x00, 0x80)).toBe(Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).join(''));
    expect(all.slice(0xa0)).toBe(Array.from({ length: 0x60 }, (_, code) => String.fromCharCode(0xa0 + code)).join(''));
  });

  it('drops a UTF-8 byte order mark at the beginning only', async () => {
    expect(await decode([0xef, 0xbb, 0xbf, 0xe9], [0xef, 0xbb, 0xbf])).toBe('éï»¿');
  });
});
