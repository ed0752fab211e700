const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** The characters of 0x80 to 0x9f. Five bytes are not assigned (81, 8D, 8F, 90, 9D) and stay what they are in latin-1. */
const SPECIALS = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
const FIRST_SPECIAL = 0x80;
const SPECIAL = new RegExp(`[${String.fromCharCode(FIRST_SPECIAL)}-${String.fromCharCode(FIRST_SPECIAL + SPECIALS.length - 1)}]`, 'g');

/** Turns text in windows-1252 into UTF-8, without a leading UTF-8 byte order mark. Every sequence of bytes is such a text. */
export async function* windows1252ToUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    const bytes = isFirst && chunk.subarray(0, UTF8_BOM.length).equals(UTF8_BOM) ? chunk.subarray(UTF8_BOM.length) : chunk;
    isFirst = false;
    yield Buffer.from(bytes.toString('latin1').replace(SPECIAL, (character) => SPECIALS.charAt(character.charCodeAt(0) - FIRST_SPECIAL)));
  }
}
