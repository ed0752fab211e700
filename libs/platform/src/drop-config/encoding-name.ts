import { encodingExists } from 'iconv-lite';

/** Names of Python's that the decoder does not know. */
const ALIASES: Readonly<Record<string, string>> = { utf8sig: 'utf8', usascii: 'ascii', macroman: 'macintosh', latin: 'iso88591' };
/** Known to the decoder, but no encodings of text. */
const NOT_TEXT = new Set(['base64', 'hex', 'binary']);

/** The decoder's name for an encoding, whatever its letter case, signs and stray quotes; null for an unknown one. */
export function encodingName(text: string): string | null {
  const name = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const known = ALIASES[name] ?? name;
  return known !== '' && !NOT_TEXT.has(known) && encodingExists(known) ? known : null;
}
